/* Draw a mask: weights, empty rows, who looks ahead, and how far tokens hear through a stack of layers. */
(() => {
  "use strict";
  const { figure, html, svg, labelled, choice, softmax } = window.seq2vit;
  /* Measures of the drawing; seq2vit/figures/masking.py has the same. */
  const CELL = 38, LEFT = 46, TOP = 48, RIGHT = 48, MOST = 4;

  /* All that follows from a mask: `rows` is a list of lists of booleans, row i for the token that looks. */
  const compute = (data, rows, layers) => {
    const N = rows.length, every = [...rows.keys()];
    const weights = rows.map((row, i) => {
      const seen = every.filter((j) => row[j]), found = softmax(seen.map((j) => data.scores[i][j]));
      return every.map((j) => row[j] ? found[seen.indexOf(j)] : 0);
    });
    /* steps[i][j]: after how many layers i has heard j; null for never. Residual connections keep what a token has. */
    const steps = every.map((i) => every.map((j) => i === j ? 0 : null));
    for (let layer = 1; layer <= layers; layer++) {
      const known = steps.map((row) => row.map((step) => step !== null));
      for (const i of every) for (const m of every) if (rows[i][m]) for (const j of every) {
        if (known[m][j] && steps[i][j] === null) steps[i][j] = layer;
      }
    }
    return {
      weights, steps,
      empty: every.filter((i) => !rows[i].some(Boolean)),
      ahead: every.flatMap((i) => every.filter((j) => j > i && rows[i][j]).map((j) => [i, j])),
      copies: every.filter((i) => i + 1 < N && rows[i][i + 1]),
      later: every.filter((i) => i + 1 < N && steps[i][i + 1] !== null),
    };
  };

  figure("mask", (root, data) => {
    const { words } = data, N = words.length, every = [...words.keys()];
    const preset = (name) => data.presets[name][1].map((row) => [...row].map((may) => may === "1"));
    let rows = preset("causal"), layers = 1, at = [1, 0];

    /* ---- The drawing: two grids. The cells of the first are switches; one of them at a time is reached by Tab. */
    const label = (x, y, anchor, said, more = {}) => svg("text", { x, y, "text-anchor": anchor, ...more }, said);
    const edges = (i, j) => [LEFT + CELL * j, TOP + CELL * i];
    const hatch = () => svg("defs", {}, svg("pattern", { id: "s2v-mask-hatch", width: 7, height: 7,
      patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("line", { x1: 0, y1: 0, x2: 0, y2: 7, stroke: "currentColor", "stroke-width": 2 })));
    const cell = (i, j, more) => {
      const [x, y] = edges(i, j), made = {
        fill: svg("rect", { x, y, width: CELL, height: CELL, class: "s2v-cell s2v-mask-fill" }),
        ring: svg("rect", { x: x + 3, y: y + 3, width: CELL - 6, height: CELL - 6, rx: 4, class: "s2v-mask-ring" }),
        word: label(x + CELL / 2, y + CELL / 2 + 5, "middle", ""),
      };
      made.node = svg("g", more, made.fill, made.ring, made.word);
      return made;
    };
    const names = () => words.flatMap((word, i) => [label(LEFT - 7, TOP + CELL * (i + 0.5) + 5, "end", word, { "data-row": i }),
      label(LEFT + CELL * (i + 0.5), TOP - 9, "middle", word)]);
    const grid = (right, title, attributes, ...parts) => svg("svg", { viewBox: `0 0 ${LEFT + CELL * N + right} ${TOP + CELL * N + 6}`,
      width: LEFT + CELL * N + right, height: TOP + CELL * N + 6, ...attributes }, hatch(), title, ...names(), ...parts);

    const switches = every.map((i) => every.map((j) => cell(i, j, { class: "s2v-mask-switch", role: "checkbox",
      "data-cell": `${i},${j}`, "aria-label": `“${words[i]}” may look at “${words[j]}”` })));
    const hears = every.map((i) => every.map((j) => cell(i, j, { "data-hears": `${i},${j}` })));
    const marks = every.map((i) => label(LEFT + CELL * N + 6, TOP + CELL * (i + 0.5) + 5, "start", "", { class: "s2v-mask-mark" }));
    const frame = svg("rect", { x: LEFT, y: 0, width: CELL * N, height: CELL, class: "s2v-mask-frame" });
    const middle = LEFT + CELL * N / 2, bold = { "font-weight": 600 };
    const board = grid(RIGHT, label(middle, 14, "middle", "weights: click or paint", bold),
      { class: "s2v-mask-board", role: "group", "aria-label": "The mask: a switch for each pair of tokens, moved between by arrow keys" },
      ...switches.flat().map((c) => c.node), ...marks, frame);
    const stack = label(middle, 14, "middle", "", bold);
    const far = grid(8, stack, { role: "img",
      "aria-label": "In which layer each token, by rows, first hears each other, by columns" },
    ...hears.flat().map((c) => c.node));
    root.querySelector(".s2v-drawing").replaceChildren(board, far);
    root.classList.add("s2v-mask");

    /* ---- Words */
    const lines = [html("p"), html("p"), html("p")];
    root.querySelector("p.s2v-state").replaceWith(html("div", { class: "s2v-state", "aria-live": "polite" }, ...lines));
    const list = (some) => some.map((i) => `“${words[i]}”`).join(", ");
    const short = (weight) => weight > 0.995 ? "1" : weight.toFixed(2).replace("0.", ".");
    const say = ({ weights, steps, empty, ahead, copies, later }) => {
      const [i] = at, seen = every.filter((j) => rows[i][j]);
      lines[1].textContent = (!ahead.length ? "Causal: nobody looks ahead. " : `${ahead.length} of the weights look${
        ahead.length === 1 ? "s" : ""} ahead. ${copies.length ? `${list(copies)} could copy the next word, the one to be said. ` : ""}`)
        + (empty.length ? `${list(empty)}: nobody to look at. A plain softmax gives NaN there, the course zeros.` : "");
      lines[0].textContent = `“${words[i]}” looks at `
        + (seen.map((j) => `“${words[j]}” ${short(weights[i][j])}`).join(", ") || "nobody") + ".";
      const heard = every.filter((j) => j !== i && steps[i][j] !== null);
      lines[2].textContent = `Through ${layers} layer${layers > 1 ? "s" : ""} it hears ${
        heard.length ? `itself and ${list(heard)}` : "itself alone"}. ${
        later.length ? `Next word within reach of ${list(later)}.` : "Nobody’s next word is within reach."}`;
    };

    const paint = (c, may, share, said, ahead, target) => {
      c.fill.setAttribute("fill", may ? "currentColor" : "url(#s2v-mask-hatch)");
      c.fill.setAttribute("fill-opacity", may ? share.toFixed(3) : 0.3);
      c.word.textContent = said;
      c.ring.setAttribute("class", `s2v-mask-ring${ahead ? " s2v-mask-ahead" : ""}${target ? " s2v-mask-target" : ""}`);
    };
    const show = () => {
      const found = compute(data, rows, layers);
      for (const i of every) for (const j of every) {
        const may = rows[i][j], step = found.steps[i][j], heard = step !== null, here = at[0] === i && at[1] === j;
        paint(switches[i][j], may, 0.5 * found.weights[i][j], may ? short(found.weights[i][j]) : "", may && j > i, may && j === i + 1);
        paint(hears[i][j], heard, 0.5 / ((step || 0) + 1), heard ? String(step) : "", heard && j > i, heard && j === i + 1);
        switches[i][j].node.setAttribute("aria-checked", may);
        switches[i][j].node.setAttribute("tabindex", here ? 0 : -1);
      }
      for (const i of every) marks[i].textContent = found.empty.includes(i) ? "empty" : "";
      for (const name of root.querySelectorAll("[data-row]")) name.classList.toggle("s2v-loud", Number(name.dataset.row) === at[0]);
      frame.setAttribute("y", TOP + CELL * at[0]);
      stack.textContent = layers > 1 ? `first heard in layer (of ${layers})` : "heard in one layer";
      say(found);
    };

    /* ---- Controls */
    const begin = html("select", { change: () => { if (begin.value) { rows = preset(begin.value); show(); } } },
      ...Object.entries(data.presets).map(([name, [said]]) => html("option", { value: name }, said)),
      html("option", { value: "" }, "drawn by you"));
    root.querySelector(".s2v-drawing").before(html("div", { class: "s2v-controls" }, labelled("Mask", begin)),
      choice("Layers in the stack", ["1", "2", "3", "4"].slice(0, MOST), ["1 layer", "2 layers", "3 layers", "4 layers"], 0,
        (i) => { layers = i + 1; show(); }));

    const set = (i, j, may) => {
      at = [i, j];
      if (rows[i][j] !== may) {
        rows[i][j] = may;
        const same = Object.keys(data.presets).find((name) => String(preset(name)) === String(rows));
        begin.value = same || "";
      }
      show();
    };
    const under = (event) => {
      const p = new DOMPoint(event.clientX, event.clientY).matrixTransform(board.getScreenCTM().inverse());
      const [i, j] = [Math.floor((p.y - TOP) / CELL), Math.floor((p.x - LEFT) / CELL)];
      return i >= 0 && i < N && j >= 0 && j < N ? [i, j] : null;
    };
    let brush = null; // what the pointer paints while it is down
    board.addEventListener("pointerdown", (event) => {
      const on = under(event);
      if (event.button !== 0 || !on) return;
      brush = !rows[on[0]][on[1]];
      board.setPointerCapture(event.pointerId);
      set(...on, brush);
      switches[on[0]][on[1]].node.focus({ preventScroll: true });
    });
    board.addEventListener("pointermove", (event) => {
      const on = brush === null ? null : under(event);
      if (on && (on[0] !== at[0] || on[1] !== at[1])) set(...on, brush);
    });
    for (const end of ["pointerup", "pointercancel"]) board.addEventListener(end, () => { brush = null; });
    /* A finger that paints does not scroll the page. (The style `touch-action` is ignored inside of an SVG.) */
    board.addEventListener("touchstart", (event) => { if (under(event.touches[0])) event.preventDefault(); }, { passive: false });
    /* A word before a row chooses that row, and changes nothing. */
    for (const grid of [board, far]) grid.addEventListener("click", (event) => {
      const word = event.target.closest("[data-row]");
      if (word) { at = [Number(word.dataset.row), at[1]]; show(); }
    });
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    board.addEventListener("keydown", (event) => {
      const [i, j] = at, within = (n) => Math.max(0, Math.min(N - 1, n));
      if (event.key === " " || event.key === "Enter") set(i, j, !rows[i][j]);
      else if (moves[event.key]) at = [within(i + moves[event.key][0]), within(j + moves[event.key][1])];
      else return;
      event.preventDefault();
      show();
      switches[at[0]][at[1]].node.focus();
    });
    show();
    return { compute: (some, deep) => compute(data, some, deep), rows: () => rows };
  });
})();
