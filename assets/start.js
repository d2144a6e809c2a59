/* Dash begins when the document has been shown; as a file, because the content policy knows no inline
   script. */
window.dashRenderer = new window.DashRenderer();
