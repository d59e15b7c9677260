"""What is wanted on QuickSight, what is deployed there, and how one becomes the other.

`resources` holds both as values, `plan` compares them, `rollout` carries a plan out against a
`Service` that its caller passes in, `publishing` decides about published versions.
Shared by the command and by Airflow's operators; neither YAML nor AWS is known here.
"""
