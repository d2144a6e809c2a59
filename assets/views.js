/* Cards and filter bars: HTML from the server under the page's address. The document comes with them drawn;
   when the page is alive they move into it. A change of the address asks for all of them at once, and one by
   one for those that are late; what stands is dimmed until its successor comes. */
(function () {
  "use strict";
  const pad = window.pad, still = document.getElementById("still");
  const PATIENCE = 300; // ms that cards stand as they are before they are dimmed; most answers are sooner
  const state = new WeakMap(); // place -> "awaited" or "failed"
  const held = new WeakMap(); // place -> the HTML put there
  let turn = 0, waiting = new AbortController(), asked = null;

  const live = () => document.querySelector("#react-entry-point .app");
  const scope = () => live() || document;
  const page = () => { const bar = scope().querySelector("[data-view]"); return bar && bar.dataset.view; };
  const cells = () => Array.from(scope().querySelectorAll("[data-card]"));
  const cell = (name) => cells().find((place) => place.dataset.card === name);
  pad.alive = () => !still.isConnected;

  /* the page has come alive: what was shown before it moves in, so that nothing is drawn twice */
  function comeAlive() {
    const app = live();
    if (!app || pad.alive()) return;
    const focused = still.contains(document.activeElement) ? document.activeElement : null;
    const open = Array.from(still.querySelectorAll("details[open]"));
    const shown = still.querySelectorAll("[data-card],[data-bar]");
    const places = new Map(Array.from(shown, (place) => [key(place), place]));
    app.querySelectorAll("[data-card],[data-bar]").forEach((place) => {
      const drawn = places.get(key(place));
      if (drawn) place.replaceChildren(...drawn.childNodes);
    });
    open.forEach((pop) => reopen(pop, app, pop.contains(focused)));
    if (focused && app.contains(focused)) focused.focus({ preventScroll: true });
    still.remove();
    remember();
    pad.showCard();
    pad.carry();
    awaitData();
    if (asked) explain(asked);
  }
  /* a menu that was opened before stays open: it came along with its card, or its twin of the same name opens */
  function reopen(pop, app, focused) {
    if (app.contains(pop)) return;
    const head = (one) => one.querySelector("summary");
    const name = (one) => head(one).getAttribute("aria-label") || head(one).textContent;
    const same = (one) => one.className === pop.className && name(one) === name(pop);
    const twin = Array.from(app.querySelectorAll("details")).find(same);
    if (!twin) return;
    twin.open = true;
    if (twin.matches(".card-menu")) twin.append(pop.querySelector(".menu"));
    if (focused) twin.querySelector("summary").focus({ preventScroll: true });
  }
  const key = (place) => place.dataset.card || "bar of " + place.dataset.view;

  /* Empty places are asked for: all at once with the bar of a page that has just come, else one by one. */
  function fill() {
    comeAlive();
    if (!pad.alive() || !page()) return;
    const empty = cells().filter((place) => !place.firstChild && !state.has(place));
    const bar = scope().querySelector("[data-bar]");
    if (bar && !bar.firstChild && !state.has(bar)) pad.show();
    else empty.forEach((place) => load(place.dataset.card));
  }

  /* The one place of a dashboard before the first data; afterwards it has others, and is opened anew. */
  const FIRST = "first-data";

  /* Puts cards in place; views that the reader had chosen, plots that stand and the focus are kept. */
  function put(answer) {
    const bar = scope().querySelector("[data-bar]");
    const places = new Map(cells().map((place) => [place.dataset.card, place]));
    if (places.has(FIRST) && !(FIRST in answer.cards)) { location.reload(); return; }
    if (bar && "bar" in answer) replaceBar(bar, answer.bar);
    Object.entries(answer.cards || {}).forEach(([name, html]) => {
      const place = places.get(name);
      if (!place) return;
      if (held.get(place) !== html) replace(place, html);
      held.set(place, html);
      rest(place);
    });
    remember();
    awaitData();
  }

  /* What is being prepared is asked for again until it is there; nothing else on the page is touched. */
  const AGAIN = 3000; // ms
  let again = 0;
  const preparing = () => cells().filter((place) => place.querySelector("[data-preparing]"));
  function awaitData() {
    clearTimeout(again);
    if (preparing().length) again = setTimeout(askAgain, AGAIN);
  }
  async function askAgain() {
    const mine = turn, names = preparing().map((place) => place.dataset.card);
    if (!names.length) return;
    try {
      const told = await ask("/view/" + page(), location.search, waiting.signal);
      if (mine !== turn) return;
      const ready = Object.entries(told.cards).filter(([name]) => names.includes(name));
      put({ cards: Object.fromEntries(ready) });
      told.late.filter((name) => names.includes(name)).forEach(load);
    } catch {
      awaitData(); // a server that is away is asked again, too
    }
  }

  /* A card that comes back takes the room that it had: its place is kept as high while it is awaited. */
  const ROOM = "room of ";
  function remember() {
    const heights = cells().map((place) => [place.dataset.card, place.firstChild ? place.offsetHeight : 0]);
    const room = { width: innerWidth, heights: Object.fromEntries(heights) };
    if (page()) sessionStorage.setItem(ROOM + page(), JSON.stringify(room));
  }
  function keepRoom(places) {
    const room = JSON.parse(sessionStorage.getItem(ROOM + page()) || "{}");
    places.filter((place) => place.matches("[data-card]:empty")).forEach((place) => {
      const height = room.width === innerWidth && room.heights[place.dataset.card];
      if (height) place.style.height = height + "px";
    });
  }

  /* A new filter bar; the focus stays at the menu where it was, and a menu that was opened meanwhile is open. */
  function replaceBar(bar, html) {
    const pops = () => Array.from(bar.querySelectorAll("details.pop"));
    const focused = document.activeElement;
    const at = pops().findIndex((pop) => pop.open || pop.contains(focused));
    const open = at >= 0 && pops()[at].open;
    bar.innerHTML = html;
    rest(bar);
    if (at < 0 || !pops()[at]) return;
    pops()[at].open = open;
    pops()[at].querySelector("summary").focus({ preventScroll: true });
  }

  /* A choice made while the answer to an earlier one is awaited changes what it differs in from the page that
     stands, and nothing that was chosen since. */
  let drawn = location.search; // what the links that stand were drawn for
  pad.latest = (search) => {
    const bar = scope().querySelector("[data-bar]");
    if (!bar || state.get(bar) !== "awaited") return search;
    const [before, now, wanted] = [drawn, location.search, search].map((one) => new URLSearchParams(one));
    const same = (name) => String(wanted.getAll(name)) === String(before.getAll(name));
    const found = new URLSearchParams();
    new Set([...now.keys(), ...wanted.keys()]).forEach((name) => {
      (same(name) ? now : wanted).getAll(name).forEach((value) => found.append(name, value));
    });
    return String(found) && "?" + found;
  };

  /* A new card in its place. */
  function replace(place, html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const before = place.querySelector(".card"), after = fresh.content.querySelector(".card");
    if (before && after) {
      keepChoices(before, after);
      keepPlots(before, after);
    }
    place.replaceChildren(fresh.content);
  }

  /* Plots that stand are given the new data, cheaper than a new plot; the others are cleared away. */
  function keepPlots(before, after) {
    const plots = before.querySelectorAll("[data-figure]");
    const view = (figure) => figure.className.split(" ")[1];
    after.querySelectorAll("[data-figure]").forEach((figure, at) => {
      if (!plots[at] || !plots[at].data || view(plots[at]) !== view(figure)) return;
      plots[at].dataset.figure = figure.dataset.figure;
      figure.replaceWith(plots[at]);
    });
    before.querySelectorAll("[data-figure]").forEach((plot) => {
      if (plot.data && window.Plotly) window.Plotly.purge(plot);
    });
  }

  /* The view that the reader chose, and whether the card was turned to its table. */
  function keepChoices(before, after) {
    after.classList.toggle("as-table", before.classList.contains("as-table"));
    if (!before.dataset.view) return;
    after.dataset.view = before.dataset.view;
    after.querySelectorAll(".seg-option").forEach((option) => {
      option.setAttribute("aria-pressed", String(option.dataset.view === before.dataset.view));
    });
  }

  function rest(place) {
    state.delete(place);
    place.removeAttribute("aria-busy");
    place.style.removeProperty("height");
  }

  /* Places are waited for: those that still are after a while say so. */
  function expect(places) {
    places.forEach((place) => state.set(place, "awaited"));
    keepRoom(places);
    setTimeout(() => places.forEach((place) => {
      if (state.get(place) === "awaited") place.setAttribute("aria-busy", "true");
    }), PATIENCE);
  }

  /* What the server answers under an address. Throws its sentence where it says no. */
  async function ask(path, search, signal) {
    const answer = await fetch(path + search, { signal, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) throw new Error([told.error.message, told.error.hint].filter(Boolean).join(" "));
    return told;
  }

  /* Everything that stands under an address of this page; false when the page has no such parts. It is asked
     for before the page itself is touched. Dash is told by `visit` alone: no part of it on a page of cards
     reads what stands behind the question mark, and a change of it would make Dash look through the whole
     page. */
  pad.show = (search = location.search) => {
    if (!pad.alive() || !page()) return false;
    waiting.abort();
    waiting = new AbortController();
    const mine = ++turn, answer = ask("/view/" + page(), search, waiting.signal);
    const cards = cells(), places = [...cards, scope().querySelector("[data-bar]")];
    expect(places);
    answer.then(
      (told) => {
        if (mine !== turn) return;
        drawn = search;
        put(told);
        told.late.forEach(load);
      },
      (problem) => {
        if (mine !== turn || problem.name === "AbortError") return;
        places.forEach(rest);
        complain(problem);
      },
    );
    return cards.length > 0;
  };

  /* One card alone: it was late, or is tried again. */
  function load(name) {
    const mine = turn, place = cell(name);
    if (!place) return;
    expect([place]);
    ask("/view/" + page() + "/" + name, location.search, waiting.signal).then(
      (answer) => { if (mine === turn) put(answer); },
      (problem) => {
        if (mine !== turn || problem.name === "AbortError") return;
        rest(place);
        state.set(place, "failed");
        complain(problem);
      },
    );
  }

  /* the server said no, or nothing: its sentence above the cards, and the way out */
  function complain(problem) {
    const bar = scope().querySelector("[data-bar]");
    if (!bar) return;
    const line = document.createElement("div"), again = document.createElement("button");
    line.className = "filter-problem";
    line.setAttribute("role", "alert");
    again.className = "btn-look sm";
    again.dataset.again = "1";
    again.textContent = pad.given.again;
    line.append(sentence(problem) + " ", again);
    bar.querySelectorAll("[data-again]").forEach((old) => old.parentElement.remove());
    bar.append(line);
  }
  const sentence = (problem) => problem instanceof TypeError ? pad.given.unreachable : problem.message;

  /* the members of a dimension, beside it in the menu of filters */
  async function listMembers(button) {
    const list = button.closest(".menu").querySelector(".members");
    const path = "/members/" + page() + "/" + button.dataset.members;
    try {
      list.innerHTML = (await ask(path, location.search)).members;
    } catch (problem) {
      list.textContent = sentence(problem);
    }
    list.classList.remove("muted");
  }

  /* a number asked before the page is alive gets its passport as soon as it is */
  function passport(number) {
    const { metric, where, days, asked: question } = number.dataset;
    explain({ metric, where, days, question, search: location.search });
  }
  pad.explain = explain;
  function explain(number) {
    asked = number;
    if (!pad.alive()) return;
    const data = { ...number, page: page(), at: Date.now() };
    window.dash_clientside.set_props("passport-asked", { data });
    asked = null;
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const find = (what) => target.closest(what);
    if (find("[data-metric]")) passport(find("[data-metric]"));
    else if (find("[data-retry]")) load(find("[data-retry]").dataset.retry);
    else if (find("[data-again], #refresh")) pad.show();
    else if (find("[data-members]")) listMembers(find("[data-members]"));
  });
  new MutationObserver(fill).observe(document.documentElement, { subtree: true, childList: true });
  fill();
})();
