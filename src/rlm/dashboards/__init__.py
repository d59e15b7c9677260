"""The dashboards of the platform at the edge: their files, an account, a browser.

`commands` and `viewing` are `rlm dashboards`; `deployer` is what they and Airflow's operators
deploy with; `files` reads dashboards/; `deployed` and `sources` are what the page draws. All rules
are in `rlm.quicksight`, all calls of AWS in `rlm.aws.quicksight`.
"""
