/* Move a query among keys: scores, weights and the output follow. */
(() => {
  "use strict";
  const { figure, html, svg, labelled, choice, dot, softmax } = window.seq2vit;
  const LOW = "₁₂₃₄₅₆₇₈₉", STEP = 0.05, ROW = 27, TOP = 30, BAR = 80, MARK = 9;
  const FACTORS = [0, 0.1, 0.25, 0.5, 2 ** -0.5, 1, 2, 4, 10], USUAL = 4;
  const number = (x) => x.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
  const point = ([x, y]) => `(${number(x)}, ${number(y)})`;

  /* Attention of one query: everything that the figure shows. `pull` is how far the output moves when the query moves
     by a small step in the most effective direction, as a share of that step. */
  const attend = (q, keys, values, factor, near) => {
    const scores = keys.map((k) => factor * (near ? -((q[0] - k[0]) ** 2 + (q[1] - k[1]) ** 2) / 2 : dot(q, k)));
    const weights = softmax(scores);
    const mean = (rows) => [0, 1].map((j) => rows.reduce((sum, row, i) => sum + weights[i] * row[j], 0));
    const output = mean(values), middle = mean(keys);
    // The derivative of the output by the query, in both cases: factor times the weighted covariance of values and keys.
    const slope = [0, 1].map((r) => [0, 1].map((c) => factor * values.reduce(
      (sum, v, i) => sum + weights[i] * (v[r] - output[r]) * (keys[i][c] - middle[c]), 0)));
    const size = slope.flat().reduce((sum, x) => sum + x * x, 0), det = slope[0][0] * slope[1][1] - slope[0][1] * slope[1][0];
    const pull = Math.sqrt((size + Math.sqrt(Math.max(0, size * size - 4 * det * det))) / 2);
    return { scores, weights, output, pull };
  };

  /* Andrew's monotone chain, as in seq2vit/figures/attention.py. */
  const hull = (points) => {
    const chain = (ordered) => {
      const out = [];
      for (const p of ordered) {
        for (let a, b; out.length > 1; out.pop()) {
          [a, b] = out.slice(-2);
          if ((b[0] - a[0]) * (p[1] - a[1]) > (b[1] - a[1]) * (p[0] - a[0])) break;
        }
        out.push(p);
      }
      return out.slice(0, -1);
    };
    const ordered = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return [...chain(ordered), ...chain(ordered.reverse())];
  };

  figure("query", (root, { keys, values, query, reach, side }) => {
    const place = ([x, y]) => [(x / reach + 1) * side / 2, (1 - y / reach) * side / 2];
    const line = (a, b, kind, more = {}) => {
      const [[x1, y1], [x2, y2]] = [place(a), place(b)];
      return svg("line", { x1, y1, x2, y2, class: kind, ...more });
    };
    const label = (x, y, anchor, words, more = {}) => svg("text", { x, y, "text-anchor": anchor, ...more }, words);
    const plane = (words, ...parts) => svg("svg", { viewBox: `0 0 ${side} ${side}`, width: side, height: side, role: "img",
      "aria-label": words }, line([-reach, 0], [reach, 0], "s2v-axis"), line([0, -reach], [0, reach], "s2v-axis"), ...parts);
    /* Where the letter of a spot goes: the first place that meets no symbol, no letter and no edge. As in Python. */
    const beside = (p, others) => {
      const [x, y] = place(p), taken = others.map(place).flatMap(([a, b]) => [[a, b], [a + 16, b - 16]]);
      return [[18, 19], [-18, 19], [-18, -9], [18, -9], [26, 5], [-26, 5]].find(([dx, dy]) => {
        const at = [x + dx, y + dy - 5];
        return at.every((z) => z > 12 && z < side - 12)
          && taken.every(([a, b]) => Math.max(Math.abs(at[0] - a), Math.abs(at[1] - b)) > 15);
      }) || [18, 19];
    };
    const spot = (p, name, others) => {
      const [cx, cy] = place(p), [dx, dy] = beside(p, others);
      return [svg("circle", { cx, cy, r: 7, class: "s2v-spot" }), label(cx + dx, cy + dy, "middle", name, { class: "s2v-loud" })];
    };
    /* A symbol's filled area is its weight: [half its size, class] of the outline and of what fills it. */
    const filled = (w) => [[MARK, "s2v-ring"], [MARK * Math.sqrt(w), "s2v-key"]];

    const state = { q: [...query], factor: USUAL, near: false, own: true };
    const mine = () => (state.own ? values : keys);
    const now = () => attend(state.q, keys, mine(), FACTORS[state.factor], state.near);

    const drawKeys = ({ weights }) => {
      const length = Math.hypot(...state.q), u = length ? state.q.map((x) => x / length) : [0, 0];
      const far = (side) => u.map((x) => 2 * side * reach * x);
      return plane("Plane with the query and the keys", label(0, 12, "start", "keys and q"),
        ...(state.near ? [] : [line(far(-1), far(1), "s2v-ray", { "stroke-dasharray": "2 4" })]),
        ...keys.map((k) => line(k, state.near ? state.q : u.map((x) => x * dot(k, u)), "s2v-foot")),
        ...keys.flatMap((k, i) => {
          const [cx, cy] = place(k);
          return [...filled(weights[i]).map(([r, kind]) => svg("circle", { cx, cy, r, class: kind })),
            label(cx + 12, cy - 11, "start", `k${LOW[i]}`)];
        }),
        ...(state.near ? [] : [line([0, 0], state.q, "s2v-query")]), ...spot(state.q, "q", keys));
    };
    const drawBars = ({ scores, weights }) => {
      const width = 86 + BAR + 44, height = TOP + ROW * keys.length;
      return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
        "aria-label": "Score and weight of each key" },
      label(72, 18, "end", "score"), label(86, 18, "start", "weight"),
      ...keys.flatMap((_, i) => {
        const y = TOP + ROW * i;
        return [label(0, y + 17, "start", `k${LOW[i]}`), label(72, y + 17, "end", number(scores[i])),
          svg("rect", { x: 86, y: y + 4, width: BAR, height: 17, class: "s2v-track" }),
          svg("rect", { x: 86, y: y + 4, width: BAR * weights[i], height: 17, class: "s2v-bar" }),
          label(86 + BAR + 8, y + 17, "start", number(weights[i]))];
      }));
    };
    const drawValues = ({ weights, output }) => plane("Plane with the values and the output",
      label(0, 12, "start", "values and y"),
      svg("polygon", { class: "s2v-hull", points: hull(mine()).map((p) => place(p).map((x) => x.toFixed(1)).join()).join(" ") }),
      ...mine().map((v, i) => line(output, v, "s2v-tie", { "stroke-width": 0.5 + 7 * weights[i],
        "stroke-opacity": 0.2 + 0.6 * weights[i] })),
      ...mine().flatMap((v, i) => {
        const [x, y] = place(v);
        return [...filled(weights[i]).map(([r, kind]) => svg("rect",
          { x: x - r, y: y - r, width: 2 * r, height: 2 * r, class: kind })),
          label(x + 12, y - 11, "start", `${state.own ? "v" : "k"}${LOW[i]}`)];
      }), ...spot(output, "y", mine()));

    const found = html("p"), meaning = html("p");
    root.querySelector("p.s2v-state").replaceWith(html("div", { class: "s2v-state", "aria-live": "polite" }, found, meaning));
    const handle = html("button", { type: "button", class: "s2v-handle" });
    const board = html("div", { class: "s2v-board" }, svg("svg"), handle);
    const bars = html("div", { }, svg("svg")), blend = html("div", {}, svg("svg"));
    root.querySelector(".s2v-drawing").replaceChildren(board, bars, blend);

    /* What it means, in words: one remark, the most telling. */
    const remark = ({ weights, pull }) => {
      const best = Math.max(...weights);
      if (!state.factor) return "All scores are zero, so the output is the plain mean of the values, wherever the query is.";
      if (best > 0.995) {
        return "Almost a hard choice: the output sits on one value, and a small move of the query changes next to nothing.";
      }
      if (!state.near && Math.hypot(...state.q) < STEP / 2) {
        return "A query of zeros has no direction: every key scores zero, and the output is the plain mean.";
      }
      return `A small step of the query moves the output up to ${number(pull)} times as far.`;
    };
    const draw = () => {
      const all = now();
      board.firstElementChild.replaceWith(drawKeys(all));
      bars.replaceChildren(drawBars(all));
      blend.replaceChildren(drawValues(all));
      const [left, top] = place(state.q);
      handle.style.left = `${100 * left / side}%`;
      handle.style.top = `${100 * top / side}%`;
      if (stretch !== document.activeElement) aim();
      numbers.forEach((field, j) => { if (field !== document.activeElement) field.value = state.q[j].toFixed(2); });
      return all;
    };
    const say = (all) => {
      const order = all.weights.map((w, i) => [w, i]).sort((a, b) => b[0] - a[0]);
      const [[w, i], [next, j]] = order;
      found.textContent = `The query is at ${point(state.q)}. `
        + (w - order.at(-1)[0] < 0.005 ? `All keys have the same weight, ${number(w)}` : w - next < 0.005 ? `Keys ${Math.min(i, j) + 1} and ${Math.max(i, j) + 1} share the largest weight, ${number(w)}`
          : `Key ${i + 1} gets the largest weight, ${number(w)}, then key ${j + 1}, ${number(next)}`)
        + `. The output is at ${point(all.output)}.`;
      meaning.textContent = remark(all);
      handle.setAttribute("aria-label", `Query at ${point(state.q)}: arrow keys move it, Enter puts it on the next key`);
    };
    const show = () => say(draw());
    /* The slider of the length keeps the direction, which the grid of steps would turn a little each time. */
    let along = [];
    const aim = () => {
      const length = Math.hypot(...state.q);
      along = length ? state.q.map((x) => x / length) : [1, 0];
      stretch.value = length.toFixed(1);
      stretch.setAttribute("aria-valuetext", stretch.value);
    };
    const move = (x, y) => {
      state.q = [x, y].map((z) => Math.round(Math.min(reach, Math.max(-reach, z)) / STEP) * STEP + 0); // + 0: no negative zero
    };
    const follow = ({ clientX, clientY }) => {
      const box = board.getBoundingClientRect();
      move(((clientX - box.left) / box.width * 2 - 1) * reach, (1 - (clientY - box.top) / box.height * 2) * reach);
      draw();
    };

    /* Mouse and touch: drag the handle, or press anywhere on the plane. Words follow when the finger rests. */
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      handle.classList.add("s2v-held");
    });
    handle.addEventListener("pointermove", (event) => { if (handle.hasPointerCapture(event.pointerId)) follow(event); });
    handle.addEventListener("lostpointercapture", () => {
      handle.classList.remove("s2v-held");
      show();
    });
    board.addEventListener("click", (event) => {
      if (event.target.closest(".s2v-handle")) return;
      follow(event);
      show();
    });
    /* Keyboard: arrows, with Shift in large steps; Enter or Space goes from key to key. */
    const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    let visited = -1;
    handle.addEventListener("keydown", (event) => {
      const way = ARROWS[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault(); // the page would scroll
      move(...state.q.map((x, j) => x + way[j] * (event.shiftKey ? 10 : 2) * STEP));
      show();
    });
    handle.addEventListener("click", (event) => {
      if (event.detail) return; // a mouse or a finger, which drags instead
      visited = (visited + 1) % keys.length;
      move(...keys[visited]);
      show();
    });

    const numbers = [0, 1].map((j) => html("input", { type: "number", min: -reach, max: reach, step: STEP,
      required: true, class: "s2v-number", input: () => {
        if (!numbers.every((field) => field.value && field.checkValidity())) {
          meaning.textContent = `Type numbers from −${reach} to ${reach}, in steps of ${STEP}.`;
          return;
        }
        move(...numbers.map((field) => Number(field.value)));
        show();
      }, change: () => show() }));
    const stretch = html("input", { type: "range", min: 0, max: 4.2, step: 0.1, input: () => {
      const longest = reach / Math.max(...along.map(Math.abs));
      move(...along.map((x) => x * Math.min(stretch.value, longest)));
      stretch.setAttribute("aria-valuetext", Math.hypot(...state.q).toFixed(1));
      show();
    }, focus: () => aim() });
    const shown = html("output", {});
    const factor = html("input", { type: "range", min: 0, max: FACTORS.length - 1, step: 1, value: USUAL, input: () => {
      state.factor = Number(factor.value);
      tell();
      show();
    } });
    const tell = () => {
      const words = state.factor === USUAL ? "1/√2" : String(FACTORS[state.factor]);
      shown.textContent = words;
      factor.setAttribute("aria-valuetext", words);
    };
    shown.setAttribute("for", "");
    const slider = labelled("Scores times", factor);
    slider.append(shown);
    shown.setAttribute("for", factor.id);
    const pick = (words, names, change) => {
      const group = choice(words, names, names, 0, (i) => { change(i); show(); });
      group.classList.add("s2v-aside");
      return group;
    };
    const scoring = pick("Score", ["dot product", "nearness"], (i) => { state.near = i === 1; });
    const sources = pick("Values", ["their own", "the keys"], (i) => { state.own = i === 0; });
    const again = html("button", { type: "button", class: "s2v-button", click: () => {
      Object.assign(state, { q: [...query], factor: USUAL, near: false, own: true });
      visited = -1;
      factor.value = USUAL;
      for (const group of [scoring, sources]) group.querySelector("input").checked = true;
      tell();
      show();
    } }, "Reset");
    root.querySelector(".s2v-drawing").before(html("div", { class: "s2v-controls" },
      labelled("Query across", numbers[0]), labelled("up", numbers[1]), labelled("Length", stretch), slider, scoring, sources, again));
    tell();
    show();
    return { attend: (q, factor, near, own) => attend(q, keys, own ? values : keys, factor, near), hull, factors: FACTORS };
  });
})();
