/* Cells and headers of the analyst's table, addresses inside it, the passport's keyboard and the menus. */
(function () {
  "use strict";
  var make = function () { return window.React.createElement.apply(null, arguments); };
  var parts = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  /* A link that changes the page in place, see `visit` in app.js. */
  function link(properties) {
    var rest = Array.prototype.slice.call(arguments, 1);
    return make.apply(null, ["a", Object.assign({ "data-nav": "1" }, properties)].concat(rest));
  }

  function icon(name) {
    return make("i", { className: "icon icon-" + name, "aria-hidden": true });
  }

  /* The head of a column: a link that sorts by it. */
  parts.PadHeader = function (props) {
    var look = "head-sort" + (props.right ? " head-right" : "");
    return link({ href: props.href, className: look, title: props.title },
      make("span", null, props.displayName), props.sorted ? icon(props.sorted + "-arrow") : null);
  };

  /* What folds the rows below a group; a row without any has an empty place. */
  function foldOf(row) {
    if (row.leaf) { return make("span", { className: "fold" }); }
    var state = { "aria-label": row.fold_label, "aria-expanded": row.open };
    var properties = Object.assign({ href: row.fold, className: "fold" }, state);
    return link(properties, icon(row.open ? "down" : "right"));
  }

  /* The name of a row, a link where it leads further. */
  function nameOf(row) {
    var label = make("bdi", null, row.label);
    if (!row.href) { return label; }
    return link({ href: row.href, className: "name-link", title: row.drill_label }, label);
  }

  /* The first cell of a row: fold, colour, name, and how many rows are below it. */
  parts.PadName = function (props) {
    var row = props.data;
    if (!row) { return null; }
    if (row.level === 0) { return make("span", { className: "name-total" }, row.label); }
    var swatch = row.colour ? make("span", { className: "swatch s-" + row.colour }) : null;
    var count = row.count ? make("span", { className: "name-count" }, row.count) : null;
    var look = { className: "name-cell indent-" + row.level };
    return make("span", look, foldOf(row), swatch, nameOf(row), count);
  };

  /* A table that goes on to the right has a shadow at that edge, until its end is reached: what scrolls
     sideways shows no bar before it is touched, or shows it below the screen. */
  var ROWS = ".grid-look .ag-center-cols-viewport", wide = null;
  function edge() {
    if (!wide || !wide.isConnected) { return; }
    var look = wide.closest(".grid-look"), right = wide.getBoundingClientRect().right;
    var all = wide.firstElementChild.offsetWidth; // cells are moved after it, and would be counted before
    look.toggleAttribute("data-more", all - wide.clientWidth - wide.scrollLeft > 1);
    look.style.setProperty("--edge-at", look.getBoundingClientRect().right - right + "px");
  }
  var sized = new ResizeObserver(edge);
  function watchEdge() {
    var found = document.querySelector(ROWS);
    if (found === wide) { return; }
    sized.disconnect();
    wide = found;
    if (wide) { [wide, wide.firstElementChild].forEach(function (part) { sized.observe(part); }); }
  }
  new MutationObserver(watchEdge).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("scroll", function (event) { if (event.target === wide) { edge(); } }, true);

  /* A click elsewhere closes an open menu. */
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu-pop[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  }, true);
  /* what is done at once leaves nothing to choose: the menu closes, and its button has the focus */
  document.addEventListener("click", function (event) {
    var choice = "details.menu-pop :is(button.menu-item, a.menu-item[download])";
    var done = event.target.closest && event.target.closest(choice);
    if (!done) { return; }
    var menu = done.closest("details.menu-pop");
    menu.querySelector("summary").focus({ preventScroll: true });
    menu.open = false;
  });
  /* The words to find go into the address while they are typed, the last of them after a pause, and stand
     instead of those before: one step back leaves the search. */
  var PAUSE = 300, typed = null;
  function rest() { clearTimeout(typed); typed = null; }
  function find(field) {
    rest();
    var query = new URLSearchParams(location.search), words = field.value.trim();
    if ((query.get("find") || "") === words || !field.isConnected) { return; }
    if (words) { query.set("find", words); } else { query.delete("find"); }
    var search = query.toString();
    window.pad.visit(location.pathname + (search ? "?" + search : ""), true);
  }
  function isFind(target) { return target.matches && target.matches("#table-find input"); }
  document.addEventListener("input", function (event) {
    if (!isFind(event.target)) { return; }
    rest();
    typed = setTimeout(find, PAUSE, event.target);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && isFind(event.target)) { find(event.target); }
  });
  /* an address that came otherwise, such as by a link, has the last word */
  window.addEventListener("_dashprivate_pushstate", rest);
  window.addEventListener("popstate", rest);
  function sayFound() {
    var field = document.querySelector("#table-find input");
    if (!field || typed !== null) { return; }
    var words = new URLSearchParams(location.search).get("find") || "";
    if (field.value.trim() !== words) { field.value = words; }
  }
  new MutationObserver(sayFound).observe(document.documentElement, { childList: true, subtree: true });

  /* A cell that has the focus opens its passport with Enter, as a click does. */
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.classList && event.target.classList.contains("ag-cell")) {
      var inner = event.target.querySelector("a.name-link");
      (inner || event.target).click();
    }
    if (event.key === "Escape" && !event.defaultPrevented) {
      var open = document.querySelector("details.menu-pop[open]");
      if (open) { open.open = false; open.querySelector("summary").focus(); return; }
      var close = document.getElementById("passport-close");
      if (close) { close.click(); }
    }
  });

  /* A passport takes the focus when it opens, also in the place of another, and gives it back when it closes. */
  var asked = null, shown = null; // the button that closes the passport shown
  document.addEventListener("mousedown", remember, true);
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" || event.key === " ") { remember(event); }
  }, true);

  /* What was clicked last outside the passport: the focus goes back there. */
  function remember(event) {
    var target = event.target.closest && event.target.closest(".number, .ag-cell, .figure, button, a");
    if (!target || target.closest("#passport")) { return; }
    var menu = target.closest(".card-menu"); // its entries are gone by then, its button stays
    asked = menu ? menu.querySelector("summary") : target;
  }

  function markAsked(number) {
    document.querySelectorAll(".passport-asked").forEach(function (old) {
      old.classList.remove("passport-asked");
    });
    if (number) { number.classList.add("passport-asked"); }
  }

  function moveFocus() {
    var close = document.getElementById("passport-close");
    if (close === shown) { return; }
    shown = close;
    markAsked(close && asked);
    if (close) {
      close.focus({ preventScroll: true });
    } else if (asked && document.contains(asked)) {
      asked.focus({ preventScroll: true });
    }
  }
  new MutationObserver(moveFocus).observe(document.documentElement, { childList: true, subtree: true });
})();
