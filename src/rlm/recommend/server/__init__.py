"""The endpoint's own server: `GET /ping` and `POST /invocations`, as SageMaker asks for them."""
