/* Pick a date and a language: the page's own network writes the date, and shows where each token looked. */
(() => {
  "use strict";
  const { figure, html, svg, labelled, choice, dot, softmax, unpack } = window.seq2vit;
  const START = 1, STOP = 2, LONGEST = 24;

  const linear = (W, x, b) => W.map((row, i) => dot(row, x) + (b ? b[0][i] : 0));
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));

  /* One step of a GRU; PyTorch keeps the reset, update and new gates below one another. */
  const gru = (p, end, x, h) => {
    const a = linear(p[`weight_ih${end}`], x, p[`bias_ih${end}`]);
    const b = linear(p[`weight_hh${end}`], h, p[`bias_hh${end}`]);
    const D = h.length;
    return h.map((old, i) => {
      const r = sigmoid(a[i] + b[i]), z = sigmoid(a[D + i] + b[D + i]);
      return (1 - z) * Math.tanh(a[2 * D + i] + r * b[2 * D + i]) + z * old;
    });
  };
  const part = (weights, prefix) => Object.fromEntries(Object.entries(weights)
    .filter(([name]) => name.startsWith(prefix)).map(([name, w]) => [name.slice(prefix.length), w]));

  /* Greedy decoding: the ids written (without [STOP]) and a row of attention weights for each. */
  const network = (encoder, decoder) => {
    const reader = part(encoder, "rnn."), writer = part(decoder, "cell.");
    return (source) => {
      let h = encoder["init.weight"].map(() => 0);
      const states = source.map((id) => (h = gru(reader, "_l0", encoder["emb.weight"][id], h)));
      const keys = states.map((state) => linear(decoder["attn.W_h.weight"], state));
      let s = linear(encoder["init.weight"], h, encoder["init.bias"]).map(Math.tanh);
      const ids = [], weights = [];
      for (let id = START; ids.length < LONGEST;) {
        const query = linear(decoder["attn.W_s.weight"], s);
        const a = softmax(keys.map((key) => dot(decoder["attn.v.weight"][0], key.map((k, i) => Math.tanh(k + query[i])))));
        const c = h.map((_, j) => dot(a, states.map((state) => state[j])));
        s = gru(writer, "", [...decoder["emb.weight"][id], ...c], s);
        const logits = linear(decoder["out.weight"], [...s, ...c], decoder["out.bias"]);
        id = logits.indexOf(Math.max(...logits));
        if (id === STOP) break;
        ids.push(id);
        weights.push(a);
      }
      return { ids, weights };
    };
  };

  /* A date's tokens in one language, each marked with its field: "E", "M", "d0", "y3", or "" for a separator. */
  const spell = (date, { order, E, M }) => {
    const [year, month, day] = date.split("-").map(Number);
    const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
    const fields = { E: E[weekday], M: M[month - 1], d: [...String(day)], y: [...String(year)] };
    return order.flatMap((piece) => Array.isArray(piece) ? [[piece[0], ""]]
      : fields[piece].map((t, i) => [t, /^\d$/.test(t) ? piece + i : piece]));
  };
  /* The true source positions of each target token: the same digit, else the same field; none for a separator. */
  const links = (source, target) => target.map(([, mark]) => {
    const where = (same) => source.flatMap(([, m], i) => (mark && m && same(m) ? [i] : []));
    const exact = where((m) => m === mark);
    return exact.length ? exact : where((m) => m[0] === mark[0]);
  });

  /* The two drawings. Same measures as the still's in seq2vit/figures.py. */
  const label = (x, y, anchor, token, more = {}) => svg("text", { x, y, "text-anchor": anchor, ...more }, token);
  const lines = ({ source, target, weights }, pick) => {
    const row = 24, left = 84, right = 190, rows = Math.max(source.length, target.length);
    const y = (side, i) => row * (i + (rows - side.length) / 2 + 0.5);
    return svg("svg", { viewBox: `0 0 276 ${row * rows}`, width: 276, height: row * rows, role: "img",
      "aria-label": "Lines from source tokens to target tokens" },
    ...source.map((t, i) => label(left - 8, y(source, i) + 4, "end", t)),
    ...target.map((t, k) => svg("g", { class: "s2v-row", "data-row": k, click: () => pick(k) },
      label(right + 8, y(target, k) + 4, "start", t),
      ...weights[k].flatMap((w, i) => w < 0.04 ? [] : [svg("line", { x1: left, y1: y(source, i), x2: right,
        y2: y(target, k), stroke: "currentColor", "stroke-width": 1 + 2 * w, "stroke-opacity": w.toFixed(2) })]))));
  };
  const matrix = ({ source, target, weights, truth }, pick) => {
    const cell = 20, left = 84, top = 84, width = left + cell * source.length + 40, height = top + cell * target.length + 2;
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "Attention matrix" },
      ...source.map((t, i) => label(0, 0, "start", t,
        { transform: `translate(${left + cell * (i + 0.6)} ${top - 6}) rotate(-60)` })),
      ...target.map((t, k) => svg("g", { class: "s2v-row", "data-row": k, click: () => pick(k) },
        label(left - 8, top + cell * k + 15, "end", t),
        ...weights[k].map((w, i) => svg("rect", { x: left + cell * i, y: top + cell * k, width: cell, height: cell,
          class: "s2v-cell", fill: "currentColor", "fill-opacity": w.toFixed(2) })),
        ...(truth[k] || []).map((i) => svg("circle", { cx: left + cell * (i + 0.5), cy: top + cell * (k + 0.5), r: 7,
          class: "s2v-truth" })),
        svg("rect", { x: left, y: top + cell * k, width: cell * source.length, height: cell, class: "s2v-frame" }))));
  };

  figure("alignment", (root, data) => {
    const run = network(unpack(data.encoder), unpack(data.decoder));
    const ids = new Map(data.source.tokens.map((token, i) => [token, i]));
    const drawing = root.querySelector(".s2v-drawing");
    const verdict = html("p"), look = html("p");
    const state = html("div", { class: "s2v-state", "aria-live": "polite" }, verdict, look);
    root.querySelector("p.s2v-state").replaceWith(state);

    /* Everything that the figure shows for one date in one language. */
    const translate = (date, code) => {
      const language = data.languages[code];
      const marked = spell(date, data.source), wanted = spell(date, language);
      const source = [...marked.map(([token]) => token), language.tag];
      const { ids: written, weights } = run(source.map((token) => ids.get(token)));
      const target = written.map((id) => data.target.tokens[id]);
      const right = target.join(" ") === wanted.map(([token]) => token).join(" ");
      return { source, target, weights, right, truth: right ? links(marked, wanted) : [] };
    };

    let shown, rows = choice("", [], [], 0, () => {});
    const pick = (k) => {
      const best = shown.weights[k].map((w, i) => [w, i]).sort((a, b) => b[0] - a[0]).filter(([w], n) => n < 1 || w >= 0.05);
      look.textContent = `While writing token ${k + 1}, “${shown.target[k]}”, it looked at `
        + best.slice(0, 3).map(([w, i]) => `source token ${i + 1}, “${shown.source[i]}” (${w.toFixed(2)})`).join("; ") + ".";
      root.querySelectorAll(".s2v-row").forEach((g) => g.classList.toggle("s2v-chosen", Number(g.dataset.row) === k));
      const radio = rows.querySelectorAll("input")[k];
      if (radio) radio.checked = true;
    };
    const show = () => {
      if (!day.value || !day.checkValidity()) {
        verdict.textContent = `Choose a date from ${day.min.slice(0, 4)} to ${day.max.slice(0, 4)}.`;
        return;
      }
      shown = translate(day.value, language.value);
      drawing.replaceChildren(lines(shown, pick), matrix(shown, pick));
      const names = shown.target.map((token, k) => `Token ${k + 1}: ${token}`);
      const old = rows;
      rows = choice("Written token", shown.target, names, 0, pick);
      old.replaceWith(rows);
      const known = shown.truth.filter((places) => places.length).length;
      const near = shown.truth.filter((places, k) => {
        const best = shown.weights[k].indexOf(Math.max(...shown.weights[k]));
        return places.some((i) => Math.abs(i - best) <= 1);
      }).length;
      verdict.textContent = shown.right
        ? `Every token is right. Of the ${known} that have a source, ${near} looked at it or right beside it.`
        : "The network makes a mistake here.";
      pick(0);
    };

    const day = html("input", { type: "date", value: data.date, min: data.first, max: data.last, required: true, change: show });
    const language = html("select", { change: show }, ...Object.entries(data.languages).map(([code, { name }]) =>
      html("option", { value: code, selected: code === data.language }, name)));
    drawing.before(html("div", { class: "s2v-controls" }, labelled("Date", day), labelled("Write it in", language)), rows);
    show();
    return { translate, pick };
  });
})();
