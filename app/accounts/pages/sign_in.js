document.querySelectorAll(".show").forEach(function (button) {
  var field = document.getElementById(button.dataset.for);
  var shown = button.textContent;
  button.hidden = false;
  button.addEventListener("click", function () {
    var hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    button.textContent = hidden ? button.dataset.hide : shown;
    field.focus();
  });
});
// who is asked to sign in is signed out: other tabs do not go on showing figures (`assets/app.js` listens)
if (document.querySelector("form[action='/login']")) {
  try { localStorage.setItem("pad-signed-out", String(Date.now())); } catch (_refused) { /* no storage, no other tab */ }
}
