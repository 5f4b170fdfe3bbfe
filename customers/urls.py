"""One line per verb."""

from django.urls import path

from customers.views import as_of, custom_properties, customers, national_ids, products, vat

app_name = "customers"

ONE = "customers/<uuid:customer_id>/"
OWN = "settings/properties/<uuid:property_id>/"

urlpatterns = [
    path("settings/vat/", vat.show_vat, name="show_vat"),
    path("settings/properties/", custom_properties.list_custom_properties, name="list_custom_properties"),
    path("settings/properties/new/", custom_properties.create_property, name="create_property"),
    path(OWN + "change/", custom_properties.change_property, name="change_property"),
    path(OWN + "move/", custom_properties.move_property, name="move_property"),
    path(OWN + "archive/", custom_properties.archive_property, name="archive_property"),
    path(OWN + "restore/", custom_properties.restore_property, name="restore_property"),
    path("customers/", customers.list_customers, name="list_customers"),
    path("customers/new/", customers.create_customer, name="create_customer"),
    path(ONE, customers.show_customer, name="show_customer"),
    path(ONE + "as-of/", as_of.show_customer_as_of, name="show_customer_as_of"),
    path(ONE + "edit/", customers.update_customer, name="update_customer"),
    path(ONE + "archive/", customers.archive_customer, name="archive_customer"),
    path(ONE + "restore/", customers.restore_customer, name="restore_customer"),
    path(ONE + "contacts/add/", customers.add_contact, name="add_contact"),
    path(ONE + "contacts/<uuid:contact_id>/remove/", customers.remove_contact, name="remove_contact"),
    path(ONE + "national-id/keep/", national_ids.keep_national_id, name="keep_national_id"),
    path(ONE + "national-id/reveal/", national_ids.reveal_national_id, name="reveal_national_id"),
    path(ONE + "national-id/erase/", national_ids.erase_national_id, name="erase_national_id"),
    path("products/", products.list_products, name="list_products"),
    path("products/<uuid:product_id>/as-of/", as_of.show_product_as_of, name="show_product_as_of"),
    path("products/<uuid:product_id>/archive/", products.archive_product, name="archive_product"),
    path("products/<uuid:product_id>/restore/", products.restore_product, name="restore_product"),
]
