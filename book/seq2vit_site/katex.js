// Renders formulas: one JSON request a line on stdin, one JSON answer a line on stdout. Ends when stdin does, so that
// it cannot outlive the build. Usage: node katex.js PATH_OF_KATEX
const katex = require(process.argv[2]);
// strict: what KaTeX would only warn about (a stray line break, an unknown letter) would be wrong on the page.
const options = { throwOnError: true, strict: "error", output: "htmlAndMathml" };

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { latex, displayMode } = JSON.parse(line);
  let answer;
  try {
    answer = { html: katex.renderToString(latex, { ...options, displayMode }) };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
