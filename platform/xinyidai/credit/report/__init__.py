"""The credit report: public credit information as one document with a number that anyone can verify."""
