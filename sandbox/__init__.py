"""Larkfield: one coherent made-up company, simulated by people and served in each platform's wire format.

Lives here: the simulation, the fake servers and the files for import. Imports nothing from `app`, and
`app` never imports it; the product reaches it over HTTP and through files, like any other company.
"""
