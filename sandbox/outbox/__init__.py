"""Where mails and posts arrive: a mail server with TLS, Slack's endpoints, and a page of both."""
