"""What is asked of Wave, in GraphQL."""

from __future__ import annotations

PAGE_INFO = "pageInfo { currentPage totalPages }"
INVOICE = (
    "id invoiceNumber invoiceDate status currency { code } customer { id } exchangeRate modifiedAt "
    "taxTotal { value } total { value } amountDue { value }"
)
CUSTOMER = "id name displayId email internalNotes isArchived modifiedAt currency { code }"

BUSINESSES = f"""query Businesses($page: Int, $pageSize: Int) {{
  businesses(page: $page, pageSize: $pageSize) {{ {PAGE_INFO} edges {{ node {{ id name }} }} }}
}}"""
ACCOUNTS = f"""query Accounts($business: ID!, $page: Int, $pageSize: Int) {{
  business(id: $business) {{
    products(page: $page, pageSize: $pageSize) {{ {PAGE_INFO} edges {{ node {{
      id name isSold isArchived incomeAccount {{ id name displayId }} }} }} }}
    accounts(page: $page, pageSize: $pageSize) {{ {PAGE_INFO} edges {{ node {{ id name displayId isArchived }} }} }}
  }}
}}"""
SALES_TAXES = f"""query SalesTaxes($business: ID!, $page: Int, $pageSize: Int) {{
  business(id: $business) {{
    salesTaxes(page: $page, pageSize: $pageSize) {{ {PAGE_INFO} edges {{ node {{
      id name abbreviation rate isCompound isArchived }} }} }}
  }}
}}"""
INVOICES_OF_NUMBER = f"""query Invoices($business: ID!, $number: String, $page: Int, $pageSize: Int) {{
  business(id: $business) {{
    invoices(page: $page, pageSize: $pageSize, invoiceNumber: $number) {{
      {PAGE_INFO} edges {{ node {{ {INVOICE} }} }} }}
  }}
}}"""
INVOICES_OF_DAYS = f"""query Invoices($business: ID!, $first: Date, $last: Date, $page: Int, $pageSize: Int) {{
  business(id: $business) {{
    invoices(page: $page, pageSize: $pageSize, invoiceDateStart: $first, invoiceDateEnd: $last) {{
      {PAGE_INFO} edges {{ node {{ {INVOICE} }} }} }}
  }}
}}"""
INVOICE_BY_ID = f"""query Invoice($business: ID!, $invoice: ID!) {{
  business(id: $business) {{ invoice(id: $invoice) {{ {INVOICE} }} }}
}}"""
CREATE_INVOICE = f"""mutation CreateInvoice($input: InvoiceCreateInput!) {{
  invoiceCreate(input: $input) {{ didSucceed inputErrors {{ path message code }} invoice {{ {INVOICE} }} }}
}}"""
CREATE_CUSTOMER = f"""mutation CreateCustomer($input: CustomerCreateInput!) {{
  customerCreate(input: $input) {{ didSucceed inputErrors {{ path message code }} customer {{ {CUSTOMER} }} }}
}}"""
CHANGE_CUSTOMER = f"""mutation ChangeCustomer($input: CustomerPatchInput!) {{
  customerPatch(input: $input) {{ didSucceed inputErrors {{ path message code }} customer {{ {CUSTOMER} }} }}
}}"""


def customers_called(alias: str) -> str:
    """All customers, under a name that says in the answer what is looked for: Wave itself looks for nothing in them."""
    return f"""query Customers($business: ID!, $page: Int, $pageSize: Int) {{
  business(id: $business) {{
    {alias}: customers(page: $page, pageSize: $pageSize) {{ {PAGE_INFO} edges {{ node {{ {CUSTOMER} }} }} }}
  }}
}}"""
