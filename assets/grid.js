/* Cells and headers of the analyst's table, addresses inside it, the passport's keyboard and the menus. */
(function () {
  "use strict";
  var make = function () { return window.React.createElement.apply(null, arguments); };
  var parts = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  function link(properties) {
    var rest = Array.prototype.slice.call(arguments, 1);
    return make.apply(null, ["a", Object.assign({ "data-nav": "1" }, properties)].concat(rest));
  }

  parts.PadHeader = function (props) {
    var mark = props.sorted ? make("i", { className: "icon icon-" + props.sorted + "-arrow", "aria-hidden": true }) : null;
    return link({ href: props.href, className: "head-sort" + (props.right ? " head-right" : ""), title: props.title },
      make("span", null, props.displayName), mark);
  };

  parts.PadName = function (props) {
    var row = props.data;
    if (!row) { return null; }
    if (row.level === 0) { return make("span", { className: "name-total" }, row.label); }
    var fold = row.leaf ? make("span", { className: "fold" }) : link(
      { href: row.fold, className: "fold", "aria-label": row.fold_label, "aria-expanded": row.open },
      make("i", { className: "icon icon-" + (row.open ? "down" : "right"), "aria-hidden": true }));
    var swatch = row.colour ? make("span", { className: "swatch s-" + row.colour }) : null;
    var name = row.href ? link({ href: row.href, className: "name-link", title: row.drill_label }, make("bdi", null, row.label))
      : make("bdi", null, row.label);
    return make("span", { className: "name-cell indent-" + row.level }, fold, swatch, name,
      row.count ? make("span", { className: "name-count" }, row.count) : null);
  };

  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu-pop[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  }, true);
  /* what is done at once leaves nothing to choose: the menu closes, and its button has the focus */
  document.addEventListener("click", function (event) {
    var done = event.target.closest && event.target.closest("details.menu-pop :is(button.menu-item, a.menu-item[download])");
    if (!done) { return; }
    var menu = done.closest("details.menu-pop");
    menu.querySelector("summary").focus({ preventScroll: true });
    menu.open = false;
  });
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

  /* The passport takes the focus when it opens and gives it back when it closes. */
  var asked = null, shown = false;
  document.addEventListener("mousedown", remember, true);
  document.addEventListener("keydown", function (event) { if (event.key === "Enter" || event.key === " ") { remember(event); } }, true);
  function remember(event) {
    var target = event.target.closest && event.target.closest(".number, .ag-cell, .figure, button, a");
    if (!target || target.closest("#passport")) { return; }
    var menu = target.closest(".card-menu"); // its entries are gone by then, its button stays
    asked = menu ? menu.querySelector("summary") : target;
  }
  new MutationObserver(function () {
    var panel = document.querySelector("#passport .passport");
    if (panel && !shown) {
      shown = true;
      document.querySelectorAll(".passport-asked").forEach(function (e) { e.classList.remove("passport-asked"); });
      if (asked) { asked.classList.add("passport-asked"); }
      var close = document.getElementById("passport-close");
      if (close) { close.focus({ preventScroll: true }); }
    } else if (!panel && shown) {
      shown = false;
      document.querySelectorAll(".passport-asked").forEach(function (e) { e.classList.remove("passport-asked"); });
      if (asked && document.contains(asked)) { asked.focus({ preventScroll: true }); }
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
