// allauth's own script speaks to the authenticator; when that comes to nothing, say so beside the button.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const note = document.getElementById("passkey-error");
  if (note) note.hidden = false;
});
