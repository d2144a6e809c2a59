/* Figures: plain dicts in `data-figure` that carry token names such as "--accent"; they become colours here,
   so that one figure fits both themes. */
(function () {
  "use strict";
  const root = document.documentElement, pad = window.pad;

  /* A figure, or a part of it, with its tokens as the colours of the theme. */
  function coloured(value, style) {
    if (typeof value === "string") {
      return value.startsWith("--") ? style.getPropertyValue(value).trim() : value;
    }
    if (Array.isArray(value)) return value.map((entry) => coloured(entry, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, coloured(entry, style)]));
    }
    return value;
  }

  /* An axis with as few ticks as a phone has room for. */
  function thinned(axis) {
    const step = axis && axis.tickvals ? Math.ceil(axis.tickvals.length / 4) : 1;
    if (step === 1) return axis;
    const kept = (values) => values && values.filter((_, at) => at % step === 0);
    return Object.assign({}, axis, { tickvals: kept(axis.tickvals), ticktext: kept(axis.ticktext) });
  }

  /* No room for labels at the line's end, nor for many ticks; the summary and the table say the same. */
  function narrowed(layout) {
    return Object.assign(layout, {
      xaxis: thinned(layout.xaxis),
      margin: Object.assign({}, layout.margin, { r: 12 }),
      annotations: (layout.annotations || []).filter((entry) => entry.name !== "end"),
    });
  }

  /* a point opens the passport of its number; of several at one place the one nearest to the pointer */
  function nearest(points, at) {
    const stacked = {}, off = new Map();
    points.sort((one, other) => one.curveNumber - other.curveNumber).forEach((one) => {
      const { yaxis: axis, y } = one, stack = axis._id + (y < 0), bar = one.data.type === "bar";
      const from = bar ? stacked[stack] || 0 : y, to = bar ? from + y : y;
      stacked[stack] = to;
      const ends = [from, to].map((value) => axis._offset + axis.c2p(value));
      off.set(one, Math.max(Math.min(...ends) - at, at - Math.max(...ends), 0));
    });
    return points.sort((one, other) => off.get(one) - off.get(other))[0];
  }
  const heard = new WeakSet(); // places whose clicks are listened to
  function listen(place) {
    place.toggleAttribute("data-asks", Boolean(place.layout.meta));
    if (heard.has(place)) return;
    heard.add(place);
    place.on("plotly_click", ({ points, event }) => explain(place, points, event.clientY));
  }
  function explain(place, points, y) {
    const meta = place.layout.meta, search = location.search;
    if (!meta) return;
    const asked = points.filter((one) => one.data.meta && meta.days[one.x]);
    const point = nearest(asked, y - place.getBoundingClientRect().top);
    if (!point) return;
    pad.explain({ metric: point.data.meta, days: meta.days[point.x], question: meta.asked, search });
  }

  /* Draws a figure that can be seen and is not drawn as it is: other data, theme or width. */
  const drawn = new WeakMap(); // place -> what it was drawn of
  function draw(place) {
    if (!window.Plotly || !place.offsetParent) return;
    const text = place.dataset.figure, narrow = place.clientWidth < 480;
    const key = text + root.dataset.bsTheme + narrow;
    if (drawn.get(place) === key) return;
    drawn.set(place, key);
    const style = getComputedStyle(root);
    const figure = coloured(JSON.parse(text), style);
    const template = { layout: coloured(pad.given.template, style) };
    const layout = Object.assign({ template }, figure.layout);
    const options = { displayModeBar: false, responsive: true, scrollZoom: false };
    window.Plotly.react(place, figure.data, narrow ? narrowed(layout) : layout, options);
    listen(place);
  }

  pad.redraw = () => document.querySelectorAll("[data-figure]").forEach(draw);
  const changes = { subtree: true, childList: true, attributeFilter: ["data-figure"] };
  new MutationObserver(pad.redraw).observe(root, changes);
  pad.redraw();
})();
