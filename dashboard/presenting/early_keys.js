// Keeps the last key that is pressed before a lesson's own script has come, which obeys it then.
addEventListener("keydown", function keep({key, ctrlKey, metaKey, altKey}) {
  if (window.quickStudyLesson) removeEventListener("keydown", keep, true);
  else if (!ctrlKey && !metaKey && !altKey) window.quickStudyPress = {key, at: Date.now()};
}, true);
