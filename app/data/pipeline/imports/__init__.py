"""Files as a source: CSV and XLSX with a declared header, refused as a whole when one row is wrong."""
