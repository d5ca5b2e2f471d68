"""Questions and answers between an enterprise and a lender about one lead 银企沟通."""
