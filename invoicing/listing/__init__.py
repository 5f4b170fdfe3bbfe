"""The list of documents: its page, filters, order, columns, views, selection and exports."""
