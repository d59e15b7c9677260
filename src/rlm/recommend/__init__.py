"""Which artists a fan would go out for: models behind one contract, and how good they are.

Needs numpy and scipy: DAGs, plugins and Lambdas never import it.
`contract` is what callers use; `models.new_recommender` and `saved.load_recommender` give one.
"""
