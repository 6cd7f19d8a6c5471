"""Model endpoints over HTTP: anything that speaks OpenAI's chat API, or Anthropic's where its extra is installed."""
