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
