"""All rows of a view as a file: one request, one reader of rows, two writers (CSV streamed, XLSX as a job).

Lives beside reports: may import `app.data.query` and `app.figures`, never a layout or a callback.
"""
