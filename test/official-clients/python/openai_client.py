"""What a program gets from the package `openai`. Arguments: the server, and `all` or `leave`."""
import json
import sys

import openai

url, mode = sys.argv[1:3]
client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def ask(text, model="tiny", **more):
    messages = [{"role": "user", "content": text}]
    limit = 60 if "tools" in more else 24
    return client.chat.completions.create(model=model, messages=messages, temperature=0, max_tokens=limit, **more)


def dump(value):
    return value.model_dump()


USAGE = {"stream_options": {"include_usage": True}}
KEPT = {
    "chat": lambda: dump(ask("chat")),
    "chat, streamed": lambda: [dump(part) for part in ask("streamed", stream=True)],
    "chat, streamed with its usage": lambda: [dump(part) for part in ask("usage", stream=True, **USAGE)],
    "tool call": lambda: dump(ask("What is the weather?", model="tiny-tools", tools=[WEATHER])),
    "tool call, streamed": lambda: [
        dump(part) for part in ask("How is the weather?", model="tiny-tools", tools=[WEATHER], stream=True)
    ],
    "response": lambda: dump(client.responses.create(model="tiny", input="respond", temperature=0, max_output_tokens=24)),
    "embeddings": lambda: dump(client.embeddings.create(model="minilm", input=["a", "b"])),
}
PASSED = {
    "unknown model": lambda: dump(ask("x", model="nosuch")),
    "unknown model, streamed": lambda: list(ask("x", model="nosuch", stream=True)),
    "unknown embedder": lambda: dump(client.embeddings.create(model="nosuch", input="x")),
}


def tell(act):
    try:
        return act()
    except openai.APIStatusError as error:
        return {"error": error.body, "status": error.status_code}


if mode == "leave":
    stream = ask("leave", stream=True)
    next(iter(stream))
    stream.close()
else:
    told = {name: tell(act) for name, act in {**KEPT, **PASSED}.items()}
    print(json.dumps({"kept": len(KEPT), "told": told}))
