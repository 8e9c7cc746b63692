/* Move tokens: inputs, weights and outputs move along, until an edit ties something to the places. */
(() => {
  "use strict";
  const { figure, html, svg, labelled, choice, dot, softmax } = window.seq2vit;
  /* Measures of the drawing; seq2vit/figures/selfattention.py has the same. */
  const ROW = 36, TOP = 44, INPUTS = 52, MATRIX = 110, BAR = 15, OUTPUTS = 14, END = 118;

  const times = (W, x) => W.map((row) => dot(row, x));
  const add = (a, b) => a.map((x, i) => x + b[i]);
  const mixture = (weights, rows) => rows[0].map((_, c) => dot(weights, rows.map((row) => row[c])));
  const furthest = (a, b) => Math.max(...a.flatMap((row, i) => row.map((x, c) => Math.abs(x - b[i][c]))));

  /* What comes out when the tokens stand in this order (a list of token numbers), under an edit. */
  const layer = (data, order, edit) => {
    const x = order.map((token, place) => edit === "positions" || (edit === "first" && place === 0)
      ? add(data.x[token], data.PE[place]) : data.x[token]);
    const hidden = data.names.length - 1;
    const may = (i, j) => edit === "causal" ? j <= i : edit === "hide" ? order[j] !== hidden : true;
    const q = x.map((row) => times(data.W_q, row)), k = x.map((row) => times(data.W_k, row));
    const v = x.map((row) => times(data.W_v, row));
    const weights = q.map((asks, i) => softmax(k.map((key, j) =>
      may(i, j) ? dot(asks, key) / Math.sqrt(asks.length) : -Infinity)));
    let y = weights.map((row) => mixture(row, v));
    if (edit === "mean") y = y.map(() => mixture(y.map(() => 1 / y.length), y));
    return { x, weights, y, allowed: order.map((_, i) => order.map((_, j) => may(i, j))) };
  };

  /* The layer on moved tokens, against its results on the first order, moved (`moved`) and not moved (`stayed`). */
  const compute = (data, order, edit) => {
    const before = layer(data, data.names.map((_, i) => i), edit), now = layer(data, order, edit);
    const expected = order.map((token) => before.y[token]);
    return { ...now, expected, gap: furthest(now.y, expected), stay: furthest(now.y, before.y) };
  };

  figure("permute", (root, data) => {
    const N = data.names.length, right = MATRIX + ROW * N, outputs = right + OUTPUTS, width = right + END;
    const start = data.names.map((_, i) => i);
    let order = [...start], edit = "none", chosen = 0;

    /* ---- The drawing: made once, then moved, so that the eye can follow. */
    const every = Object.keys(data.edits).flatMap((name) => { const { x, y } = layer(data, start, name); return [{ x, y }]; });
    const most = (pick) => Math.max(0.1, ...every.flatMap((each) => each[pick].flat().map(Math.abs)));
    const scale = { x: (ROW / 2 - 2) / most("x"), y: (ROW / 2 - 2) / most("y") };
    const place = (node, x, y) => { node.style.transform = `translate(${x}px, ${y}px)`; };
    const set = (node, value, unit) => {
      const height = Math.min(ROW / 2 - 1, Math.abs(value) * unit);
      node.setAttribute("y", ROW / 2 - (value > 0 ? height : 0));
      node.setAttribute("height", height);
    };
    const label = (x, y, anchor, words, more = {}) => svg("text", { x, y, "text-anchor": anchor, ...more }, words);
    const line = (x) => svg("line", { x1: x, y1: ROW / 2, x2: x + 3 * BAR, y2: ROW / 2, class: "s2v-wire" });
    const bar = (x, i, more) => svg("rect", { x: x + BAR * i + 2, width: BAR - 4, ...more });
    const tokens = data.names.map((name, t) => {
      const made = {
        input: [0, 1, 2].map((i) => bar(INPUTS, i, { fill: "currentColor" })),
        output: [0, 1, 2].map((i) => bar(outputs, i, { fill: "currentColor" })),
        ghost: [0, 1, 2].map((i) => bar(outputs, i, { class: "s2v-permute-ghost" })),
        sign: label(outputs + 3 * BAR + 10, ROW / 2 + 5, "start", "=", { class: "s2v-permute-sign" }),
        head: svg("g", { class: "s2v-permute-moves" }, label(ROW / 2, TOP - 10, "middle", name)),
        cells: data.names.map(() => svg("rect", { width: ROW, height: ROW, class: "s2v-cell s2v-permute-moves",
          fill: "currentColor" })),
      };
      made.row = svg("g", { class: "s2v-permute-moves s2v-permute-row", "data-token": t },
        svg("rect", { x: 0, y: 1, width: MATRIX - 8, height: ROW - 2, rx: 5, class: "s2v-permute-grip" }),
        label(INPUTS - 8, ROW / 2 + 4, "end", name), line(INPUTS), ...made.input,
        line(outputs), ...made.output, ...made.ghost, made.sign);
      return made;
    });
    const frame = svg("rect", { x: MATRIX, y: 0, width: ROW * N, height: ROW, class: "s2v-permute-frame s2v-permute-moves" });
    const picture = svg("svg", { viewBox: `0 0 ${width} ${TOP + ROW * N + 6}`, width, height: TOP + ROW * N + 6, role: "img",
      "aria-label": "Inputs as bars, weights as a matrix, outputs as bars, a row for each token; outlined, where the "
        + "outputs should be if they only moved" },
    svg("defs", {}, svg("pattern", { id: "s2v-permute-hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse",
      patternTransform: "rotate(45)" }, svg("line", { x1: 0, y1: 0, x2: 0, y2: 7, stroke: "currentColor", "stroke-width": 2 }))),
    label(INPUTS + 1.5 * BAR, 14, "middle", "inputs"), label((MATRIX + right) / 2, 14, "middle", "weights"),
    label(outputs + 1.5 * BAR, 14, "middle", "outputs"),
    ...tokens.map((t) => t.head), ...tokens.flatMap((t) => t.cells), frame, ...tokens.map((t) => t.row));
    root.querySelector(".s2v-drawing").replaceChildren(picture);
    root.classList.add("s2v-permute");

    /* ---- Words */
    const verdict = html("p"), looks = html("p");
    root.querySelector("p.s2v-state").replaceWith(html("div", { class: "s2v-state", "aria-live": "polite" }, verdict, looks));
    const number = (x) => x.toFixed(3);
    const say = ({ weights, gap, stay }) => {
      const moved = order.some((token, i) => token !== i), words = order.map((token) => data.names[token]).join(" ");
      const judged = !moved ? "This is the first order: move a token, and watch the outputs."
        : gap < 1e-9 && stay < 1e-9 ? `Gap ${number(gap)}: every place has the output that it had, whoever stands there. `
          + "Equivariant, and invariant too."
          : gap < 1e-9 ? `Gap ${number(gap)}: every output moved along with its token. Equivariant.`
            : `Gap ${number(gap)}: some outputs changed when their token moved. Not equivariant.`;
      verdict.textContent = `“${words}”. ${judged}`;
      const row = weights[order.indexOf(chosen)];
      looks.textContent = `“${data.names[chosen]}” looks at `
        + row.map((w, j) => `${data.names[order[j]]} ${w.toFixed(2)}`).join(", ") + ".";
    };

    const show = () => {
      const found = compute(data, order, edit);
      order.forEach((token, i) => {
        const t = tokens[token], top = TOP + ROW * i;
        place(t.row, 0, top);
        place(t.head, MATRIX + ROW * i, 0);
        order.forEach((other, j) => {
          place(t.cells[other], MATRIX + ROW * j, top);
          const may = found.allowed[i][j];
          t.cells[other].setAttribute("fill", may ? "currentColor" : "url(#s2v-permute-hatch)");
          t.cells[other].setAttribute("fill-opacity", may ? found.weights[i][j].toFixed(3) : 0.45);
        });
        found.x[i].forEach((value, c) => set(t.input[c], value, scale.x));
        found.y[i].forEach((value, c) => set(t.output[c], value, scale.y));
        found.expected[i].forEach((value, c) => set(t.ghost[c], value, scale.y));
        const off = furthest([found.y[i]], [found.expected[i]]), same = off < 1e-9;
        t.sign.textContent = same ? "=" : `≠ ${number(off)}`;
        t.row.classList.toggle("s2v-permute-off", !same);
        t.row.classList.toggle("s2v-permute-chosen", token === chosen);
      });
      place(frame, 0, TOP + ROW * order.indexOf(chosen));
      say(found);
    };

    /* ---- Controls */
    const pick = (token) => {
      chosen = token;
      names.querySelectorAll("input")[token].checked = true;
      show();
    };
    const move = (token, to) => {
      order = order.filter((other) => other !== token);
      order.splice(Math.max(0, Math.min(N - 1, to)), 0, token);
      show();
    };
    const shuffle = () => {
      const old = order.join();
      while (order.join() === old) {
        for (let i = N - 1; i > 0; i--) {
          const j = Math.floor(Math.random() * (i + 1));
          [order[i], order[j]] = [order[j], order[i]];
        }
      }
      show();
    };
    const button = (words, click) => html("button", { type: "button", click }, words);
    const names = choice("Token", data.names, data.names, chosen, pick);
    const breaks = html("select", { change: () => { edit = breaks.value; show(); } },
      ...Object.entries(data.edits).map(([name, words]) => html("option", { value: name }, words)));
    root.querySelector(".s2v-drawing").before(
      html("div", { class: "s2v-controls" }, labelled("Edit", breaks)), names,
      html("div", { class: "s2v-controls" },
        button("Move up", () => move(chosen, order.indexOf(chosen) - 1)),
        button("Move down", () => move(chosen, order.indexOf(chosen) + 1)),
        button("Shuffle", shuffle), button("First order", () => { order = [...start]; show(); })));

    /* A row can be dragged by its word or its bars, with mouse, pen or finger. */
    const under = (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
      return Math.max(0, Math.min(N - 1, Math.floor((at.y - TOP) / ROW)));
    };
    let held = null;
    tokens.forEach((t, token) => {
      t.row.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        held = token;
        t.row.setPointerCapture(event.pointerId);
        pick(token);
      });
      /* A finger on a row does not scroll the page. (The style `touch-action` is ignored inside of an SVG.) */
      t.row.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
      t.row.addEventListener("pointermove", (event) => {
        if (held === token && under(event) !== order.indexOf(token)) move(token, under(event));
      });
      for (const end of ["pointerup", "pointercancel"]) t.row.addEventListener(end, () => { held = null; });
    });
    show();
    return { compute: (someOrder, someEdit) => compute(data, someOrder, someEdit), order: () => order };
  });
})();
