"""What a program gets from the package `ollama`. Arguments: the server, and `all` or `leave`."""
import json
import sys

import ollama

url, mode = sys.argv[1:3]
client = ollama.Client(host=url)
OPTIONS = {"temperature": 0, "num_predict": 24}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def ask(text, model="tiny", **more):
    options = {**OPTIONS, "num_predict": 60} if "tools" in more else OPTIONS
    return client.chat(model=model, messages=[{"role": "user", "content": text}], options=options, **more)


def dump(value):
    return value.model_dump()


KEPT = {
    "chat": lambda: dump(ask("chat")),
    "chat, streamed": lambda: [dump(part) for part in ask("streamed", stream=True)],
    "generate": lambda: dump(client.generate(model="tiny", prompt="generate", options=OPTIONS)),
    "tool call": lambda: dump(ask("What is the weather?", model="tiny-tools", tools=[WEATHER])),
    "tool call, streamed": lambda: [
        dump(part) for part in ask("How is the weather?", model="tiny-tools", tools=[WEATHER], stream=True)
    ],
    "embed": lambda: dump(client.embed(model="minilm", input=["a", "b"])),
}
PASSED = {
    "unknown model": lambda: dump(ask("x", model="nosuch")),
    "unknown model, streamed": lambda: list(ask("x", model="nosuch", stream=True)),
    "unknown embedder": lambda: dump(client.embed(model="nosuch", input="x")),
}


def tell(act):
    try:
        return act()
    except ollama.ResponseError as error:
        return {"error": error.error, "status": error.status_code}


if mode == "leave":
    stream = ask("leave", stream=True)
    next(stream)
    stream.close()
else:
    told = {name: tell(act) for name, act in {**KEPT, **PASSED}.items()}
    print(json.dumps({"kept": len(KEPT), "told": told}))
