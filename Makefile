# One command each; `make help` lists them. Nothing here needs more than Python, Java 17, Maven, Node
# and Chromium or Chrome.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
BRINGUP := PYTHONPATH=infra/platform $(PYTHON) -m bringup

# make run SOURCE=generated|tickit-lastfm|broadway  DATA_DIR=...  RLM_AWS_PORT=...  RLM_AIRFLOW_PORT=...  RLM_DASHBOARDS_PORT=...
# Variables given to make reach the command through its environment.

.PHONY: help setup run status stop clean check test bench chaos reference pictures lock package deploy destroy costs deploy-api compose-check audit

help: ## List the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install every environment as its lock says (ENVS="dev airflow" for some)
	@$(BRINGUP) setup $(ENVS)

run: ## Bring the platform up and ingest source files (SOURCE=generated|tickit-lastfm|broadway)
	@$(BRINGUP) run

status: ## Show what is running, and where
	@$(BRINGUP) status

stop: ## Stop everything that runs
	@$(BRINGUP) stop

clean: ## Stop, and forget all state; keep the environments
	@$(BRINGUP) clean

check: ## Lint, types and the fast tests
	@$(BRINGUP) check

test: ## Run every test, each in its own runtime
	@$(BRINGUP) test

bench: ## Measure jobs, API, recommender and dashboards against floors; results in bench/results/
	@$(BRINGUP) bench

ENV ?= dev
package: ## Build all that a deployment takes to AWS into build/package/ENV (ENV=dev|prod)
	@$(BRINGUP) setup infra lambda
	@.venv/infra/bin/python infra/aws/package.py --env $(ENV)

deploy: ## Deploy ENV whole: package, show what changes, ask before data goes (YES=1: do not ask)
	@$(BRINGUP) setup infra lambda node
	@.venv/infra/bin/python infra/aws/release.py --env $(ENV) $(if $(YES),--yes) $(DEPLOY_OPTIONS)

destroy: ## Delete ENV and all its data; asks for its name, refuses where data is kept (prod)
	@$(BRINGUP) setup infra lambda node
	@.venv/infra/bin/python infra/aws/destroy.py --env $(ENV) $(if $(YES),--yes)

costs: ## Write docs/costs.md: what environments cost, from their settings
	@$(BRINGUP) setup infra
	@.venv/infra/bin/python infra/aws/costs_page.py

deploy-api: ## Deploy the API alone to where AWS_ENDPOINT_URL and the credentials point (ENV=dev|prod)
	@$(BRINGUP) setup infra lambda node
	@.venv/infra/bin/python infra/aws/deploy.py --env $(ENV) --stack api

compose-check: ## Check docker-compose.yaml and its images; build and run them where an engine is at hand
	@$(BRINGUP) setup compose
	@.venv/compose/bin/python infra/compose/check.py $(STEPS)

chaos: ## Kill, throttle, fill and repeat while the pipeline runs; compare (FAULTS=200 SEED=1)
	@$(BRINGUP) chaos

reference: ## Write docs/reference from the code
	@$(BRINGUP) setup dev airflow
	@PYTHONPATH=infra/platform .venv/dev/bin/python -m reference --write tables settings metrics alarms
	@PYTHONPATH=infra/platform:plugins .venv/airflow/bin/python -m reference --write dags

audit: ## Ask OSV which advisories concern what the locks pin (AUDIT_MAY_SKIP=1: nobody to ask is no failure)
	@PYTHONPATH=infra/platform $(PYTHON) -m bringup.audit

pictures: ## Take the README's pictures of the platform that runs
	@$(BRINGUP) setup dev browser
	@.venv/dev/bin/python docs/take_pictures.py

lock: ## Resolve every requirements file into its lock
	@$(BRINGUP) lock
