// Renders formulas: one JSON request a line on stdin, one JSON answer a line on stdout. Ends when stdin does, so that
// it cannot outlive the build. Usage: node katex.js PATH_OF_KATEX
const katex = require(process.argv[2]);

// What KaTeX would only warn about, such as an unknown letter, would be wrong on the page. It leaves out without a word
// a line break that LaTeX would ignore, too.
let ignored = null;
const strict = (code, message) => {
  if (code === "newLineInDisplayMode") ignored = message;
  return "error";
};
const options = { throwOnError: true, strict, output: "htmlAndMathml" };

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { latex, displayMode } = JSON.parse(line);
  let answer;
  ignored = null;
  try {
    const html = katex.renderToString(latex, { ...options, displayMode });
    answer = ignored ? { error: `${ignored}; use the aligned environment` } : { html };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
