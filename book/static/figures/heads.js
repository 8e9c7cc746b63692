/* A row of letters, and a small network that was asked for the neighbours of each: where do its heads look, and what is
   lost without one of them? The network runs here, with the weights that the page trained. */
(() => {
  "use strict";
  const { figure, html, svg, labelled, choice, dot, softmax, unpack } = window.seq2vit;
  /* Measures of the drawing; seq2vit/figures/heads.py has the same. */
  const LEFT = 46, STEP = 36, MIDDLE = 70, SIZE = 28, END = 8, HEIGHT = 194, CELL = 12, EDGE = 18, TOP = 30;
  const DASHES = ["", "7 4", "2 3", "9 3 2 3"], LETTERS = "abcdefghijklmnopqrstuvwxyz";
  const at = (place) => LEFT + STEP * (place + 0.5);

  const linear = (W, b, x) => W.map((row, i) => dot(row, x) + b[0][i]);
  const add = (a, b) => a.map((x, i) => x + b[i]);

  /* The model on a row (a list of letter numbers) with some heads on: weights (H, N, N) and votes (N, 2, 26). */
  const run = ({ H, w }, row, on) => {
    const x = row.map((id, i) => add(w["symbol.weight"][id], w["place.weight"][i]));
    const project = (name, rows) => rows.map((r) => linear(w[`layers.0.${name}.weight`], w[`layers.0.${name}.bias`], r));
    const [q, k, v] = ["W_q", "W_k", "W_v"].map((name) => project(name, x));
    const d = x[0].length / H, part = (r, h) => r.slice(h * d, (h + 1) * d);
    const weights = on.map((_, h) => q.map((asks) =>
      softmax(k.map((key) => dot(part(asks, h), part(key, h)) / Math.sqrt(d)))));
    const found = x.map((_, i) => on.flatMap((lit, h) => Array.from({ length: d }, (_, c) =>
      lit ? dot(weights[h][i], v.map((value) => value[h * d + c])) : 0)));
    const y = project("W_o", found).map((out, i) => add(out, x[i]));
    return { weights, votes: y.map((r) => ["left", "right"].map((side) => linear(w[`${side}.weight`], w[`${side}.bias`], r))) };
  };
  const best = (votes) => votes.indexOf(Math.max(...votes));

  const arc = (head, start, end) => {
    const up = head % 2 === 0 ? -1 : 1, y = MIDDLE + up * (SIZE / 2 + 2), far = 20 + 22 * Math.floor(head / 2);
    const half = 6 + 5 * Math.floor(head / 2);
    if (start === end) return `M${at(start) - half} ${y}c-12 ${up * far} ${2 * half + 12} ${up * far} ${2 * half} 0`;
    const high = y + up * (far + 3 * Math.abs(start - end));
    return `M${at(start)} ${y}C${at(start)} ${high} ${at(end)} ${high} ${at(end)} ${y}`;
  };

  figure("heads", (root, data) => {
    const N = data.letters.length, names = Object.keys(data.models);
    const models = Object.fromEntries(names.map((name) =>
      [name, { H: data.models[name].H, w: unpack(data.models[name].weights) }]));
    let model = data.first, row = [...data.letters].map((l) => LETTERS.indexOf(l)), chosen = data.chosen;
    let on = Array(models[model].H).fill(true);

    root.classList.add("s2v-heads-live");
    const says = html("p"), counts = html("p");
    const drawing = root.querySelector(".s2v-drawing"), maps = html("div", { class: "s2v-drawing s2v-heads-maps" });
    root.querySelector("p.s2v-state").replaceWith(html("div", { class: "s2v-state", "aria-live": "polite" }, says, counts), maps);
    const label = (x, y, anchor, words, more = {}) => svg("text", { x, y, "text-anchor": anchor, ...more }, words);

    /* ---- Drawings, made anew at every change */
    const spot = (i) => svg("g", { class: `s2v-heads-spot${i === chosen ? " s2v-chosen" : ""}`, "data-place": i,
      click: () => pick(i) },
    svg("rect", { x: at(i) - STEP / 2, y: MIDDLE - 22, width: STEP, height: 44, class: "s2v-heads-touch" }),
    svg("rect", { x: at(i) - SIZE / 2, y: MIDDLE - SIZE / 2, width: SIZE, height: SIZE, rx: 5, class: "s2v-wire" }),
    ...(i === chosen ? [svg("rect", { x: at(i) - SIZE / 2, y: MIDDLE - SIZE / 2, width: SIZE, height: SIZE, rx: 5,
      class: "s2v-heads-frame" })] : []),
    label(at(i), MIDDLE + 5, "middle", LETTERS[row[i]]));
    const picture = (weights, said) => svg("svg", { viewBox: `0 0 ${LEFT + STEP * N + END} ${HEIGHT}`, role: "img",
      width: LEFT + STEP * N + END, height: HEIGHT, "aria-label": "The row of letters with an arc for each letter that the "
        + "chosen one looks at, and below each letter the neighbours that the model names, wrong ones struck out" },
    ...weights.flatMap((rows, h) => on[h] ? rows[chosen].flatMap((w, j) => w > 0.03 ? [svg("path", { d: arc(h, chosen, j),
      class: `s2v-heads-arc s2v-heads-${h}`, "stroke-width": (1 + 6 * w).toFixed(1), "stroke-dasharray": DASHES[h] })] : [])
      : []),
    ...row.map((_, i) => spot(i)),
    ...["left", "right"].flatMap((side, s) => {
      const y = HEIGHT - 34 + 26 * s;
      return [label(LEFT - 4, y, "end", side), ...said.flatMap((pair, i) => {
        if (i === 0 || i === N - 1) return [];
        const wrong = pair[s] !== row[i + 2 * s - 1];
        return [label(at(i), y, "middle", LETTERS[pair[s]], { class: wrong ? "s2v-heads-miss" : "s2v-heads-hit" }),
          ...(wrong ? [svg("line", { x1: at(i) - 8, y1: y + 1, x2: at(i) + 8, y2: y - 10, class: "s2v-heads-wrong" })] : [])];
      })];
    }));
    const map = (rows, h) => svg("svg", { viewBox: `0 0 ${EDGE + CELL * N + 2} ${TOP + CELL * N + 2}`, role: "img",
      width: EDGE + CELL * N + 2, height: TOP + CELL * N + 2, class: on[h] ? "" : "s2v-heads-off",
      "aria-label": `Weights of head ${h}: a row for each letter that asks, a column for each that is asked` },
    label(EDGE + CELL * N / 2, 13, "middle", `head ${h}${on[h] ? "" : ", off"}`),
    ...row.map((id, j) => label(EDGE + CELL * (j + 0.5), TOP - 4, "middle", LETTERS[id], { "font-size": 10 })),
    ...rows.flatMap((weights, i) => [
      label(EDGE - 4, TOP + CELL * (i + 1) - 2, "end", LETTERS[row[i]], { "font-size": 10 }),
      svg("g", { class: "s2v-heads-spot", click: () => pick(i) }, ...weights.map((w, j) => svg("rect", {
        x: EDGE + CELL * j, y: TOP + CELL * i, width: CELL, height: CELL, class: `s2v-cell s2v-heads-${h}`,
        style: `fill-opacity: ${w.toFixed(3)}` })))]),
    svg("rect", { x: EDGE, y: TOP + CELL * chosen, width: CELL * N, height: CELL, class: "s2v-heads-frame" }));

    /* ---- Words */
    const place = (i) => i === chosen ? "itself" : i === chosen - 1 ? `“${LETTERS[row[i]]}” on its left`
      : i === chosen + 1 ? `“${LETTERS[row[i]]}” on its right` : `“${LETTERS[row[i]]}” in place ${i + 1}`;
    const looks = (weights) => {
      const top = weights.map((w, j) => [w, j]).sort((a, b) => b[0] - a[0]).filter(([w], n) => n === 0 || w >= 0.1).slice(0, 2);
      return top.map(([w, j]) => `${w.toFixed(2)} to ${place(j)}`).join(" and ");
    };
    const say = ({ weights }, said) => {
      const heads = weights.map((rows, h) => on[h] ? `head ${h} gives ${looks(rows[chosen])}` : `head ${h} is off`);
      const inner = chosen > 0 && chosen < N - 1;
      const verdict = (s) => `${["left", "right"][s]} “${LETTERS[said[chosen][s]]}” (${
        said[chosen][s] === row[chosen + 2 * s - 1] ? "correct" : "wrong"})`;
      says.textContent = `“${LETTERS[row[chosen]]}” in place ${chosen + 1}: ${heads.join("; ")}. ` + (inner
        ? `The model says: ${verdict(0)}, ${verdict(1)}.` : "It stands at an end, and is not asked for neighbours.");
      const score = [0, 1].map((s) => said.filter((pair, i) => i > 0 && i < N - 1 && pair[s] === row[i + 2 * s - 1]).length);
      counts.textContent = `In the whole row ${score[0]} of ${N - 2} left names and ${score[1]} of `
        + `${N - 2} right names are correct.`;
    };

    const show = () => {
      const found = run(models[model], row, on), said = found.votes.map((sides) => sides.map(best));
      drawing.replaceChildren(picture(found.weights, said));
      maps.replaceChildren(...found.weights.map(map));
      say(found, said);
    };

    /* ---- Controls */
    const pick = (i) => {
      chosen = i;
      places.querySelectorAll("input")[i].checked = true;
      letter.value = row[i];
      show();
    };
    const write = (letters) => {
      row = letters;
      places.querySelectorAll("span").forEach((span, i) => { span.textContent = LETTERS[row[i]]; });
      places.querySelectorAll("input").forEach((input, i) => {
        input.setAttribute("aria-label", `place ${i + 1}, ${LETTERS[row[i]]}`);
      });
      letter.value = row[chosen];
      show();
    };
    const switches = html("fieldset", { class: "s2v-heads-switches" });
    const offer = () => switches.replaceChildren(html("legend", {}, "Heads that are on"), ...on.map((lit, h) => html("label", {},
      html("input", { type: "checkbox", checked: lit, "aria-label": `head ${h}`,
        change: (event) => { on[h] = event.target.checked; show(); } }), `head ${h}`,
      svg("svg", { class: "s2v-heads-sample", viewBox: "0 0 34 10", "aria-hidden": "true" }, svg("line", { x1: 1, y1: 5,
        x2: 33, y2: 5, class: `s2v-heads-${h}`, "stroke-width": 4, "stroke-dasharray": DASHES[h] })))));
    const kinds = choice("Model", names, names, names.indexOf(model), (i) => {
      model = names[i];
      on = Array(models[model].H).fill(true);
      offer();
      show();
    });
    const places = choice("Letter that asks", row.map((id) => LETTERS[id]), row.map((id, i) => `place ${i + 1}, ${LETTERS[id]}`),
      chosen, pick);
    const letter = html("select", { change: () => write(row.map((id, i) => i === chosen ? Number(letter.value) : id)) },
      ...[...LETTERS].map((l, id) => html("option", { value: id, selected: id === row[chosen] }, l)));
    const button = (words, click) => html("button", { type: "button", class: "s2v-button", click }, words);
    drawing.after(switches);
    drawing.before(kinds, places, html("div", { class: "s2v-controls" }, labelled("Change this letter to", letter),
      button("New letters", () => write(row.map(() => Math.floor(Math.random() * LETTERS.length))))));
    offer();
    show();
    return { run: (name, letters, lit) => run(models[name], letters, lit) };
  });
})();
