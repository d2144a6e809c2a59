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
  }

  pad.redraw = () => document.querySelectorAll("[data-figure]").forEach(draw);
  const changes = { subtree: true, childList: true, attributeFilter: ["data-figure"] };
  new MutationObserver(pad.redraw).observe(root, changes);
  pad.redraw();
})();
