"""The Lambdas that are not HTTP: each module is one."""
