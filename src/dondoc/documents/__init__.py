"""Documents for people: calendar invitations, letters and lists as DOCX, tables as XLSX, and names read from lists."""
