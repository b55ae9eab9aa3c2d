"""repayments"""
