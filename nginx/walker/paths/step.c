/* The texts of paths: each is kept once, and a step is its number. */
#include "paths/trie.h"
#include "base/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_KEY = 200,			/* bytes of a key that a path shows */
	FIRST_TEXTS = 4096, MOST_TEXTS = 1 << 16,	/* bytes that texts are given at a time: a longer one has its own */
};

const char *const trie_entry_steps[NENTRIES] = {"[*]",	"{*}",		"[<boolean>]",	"[<table>]",	    "[<function>]",
					   "[<cdata>]", "[<userdata>]", "[<thread>]",	"[<lightuserdata>]"};

static uint64_t text_hash(const char *text, size_t length)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		h = (h ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* A copy with a NUL after it; NULL when memory ran out. */
static const char *keep_text(struct trie *t, const char *text, size_t length)
{
	struct step_texts *to = t->kept;
	char *copy;

	if (!to || to->room - to->length <= length) {
		size_t room = !to ? FIRST_TEXTS : to->room < MOST_TEXTS ? to->room * 2 : MOST_TEXTS;

		if (room <= length)
			room = length + 1;
		to = malloc(sizeof(*to) + room);
		if (!to)
			return NULL;
		*to = (struct step_texts){.before = t->kept, .room = room};
		t->kept = to;
	}
	copy = to->text + to->length;
	to->length += length + 1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

uint32_t trie_step(struct trie *t, const char *text, size_t length)
{
	uint64_t hash = text_hash(text, length);
	uint32_t id;
	const char *copy;

	for (uint64_t probe = 0;; probe++) {
		id = pair_map_get(&t->texts, hash, probe);
		if (id == NO_NODE) {
			if (!LIST_HAS_ROOM(t->steps, t->nsteps, t->steps_room))
				break;
			copy = keep_text(t, text, length);
			if (!copy || !pair_map_put(&t->texts, hash, probe, t->nsteps))
				break;
			t->steps[t->nsteps] = (struct step){copy, (uint32_t)length};
			return t->nsteps++;
		}
		if (t->steps[id].length == length && memcmp(t->steps[id].text, text, length) == 0)
			return id;
	}
	t->failed = true;
	return NO_STEP;
}

static bool is_identifier(const uint8_t *key, size_t length)
{
	if (length == 0 || length > MAX_KEY || (key[0] >= '0' && key[0] <= '9'))
		return false;
	for (size_t i = 0; i < length; i++) {
		uint8_t c = key[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

/* Length of the UTF-8 sequence at p, or 0 where there is none. */
static size_t utf8_length(const uint8_t *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 :
		   p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0)))
		return 0;	/* overlong, or a surrogate */
	if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90)))
		return 0;
	return n;
}

uint32_t trie_step_for_key(struct trie *t, const uint8_t *key, size_t length)
{
	char text[MAX_KEY * 6 + 64];
	size_t n = 0, i = 0, shown = length > MAX_KEY ? MAX_KEY : length;

	if (is_identifier(key, length)) {
		text[0] = '.';
		memcpy(text + 1, key, length);
		return trie_step(t, text, length + 1);
	}
	text[n++] = '[';
	text[n++] = '"';
	while (i < shown) {
		size_t len = utf8_length(key + i, length - i);

		if (len == 0) {
			n += (size_t)sprintf(text + n, "\\udc%02x", key[i]);
			i++;
		} else if (len == 1 && (key[i] < 0x20 || key[i] == 0x7f)) {
			n += (size_t)sprintf(text + n, "\\u%04x", key[i]);
			i++;
		} else {
			if (key[i] == '"' || key[i] == '\\')
				text[n++] = '\\';
			memcpy(text + n, key + i, len);
			n += len;
			i += len;
		}
	}
	if (length > shown)
		n += (size_t)sprintf(text + n, "...(%zu bytes)", length);
	text[n++] = '"';
	text[n++] = ']';
	return trie_step(t, text, n);
}
