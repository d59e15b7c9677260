"""The shared library of RLM: one wheel, used by MWAA, Glue, Lambda and SageMaker."""

__version__ = "0.1.0"
