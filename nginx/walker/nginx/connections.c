#include "nginx/connections.h"
#include "base/word.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* after its queue: number, start_time (since 1.19.10), requests */
	Q_NUMBER = 16,
	WITH_START_TIME = 1019010,
};

/* The connections that are or were a client's. */
struct accepted {
	const struct slots *slots;
	const uint8_t **list;
	size_t count;
};

static bool find_accepted(struct accepted *a)
{
	a->list = calloc(a->slots->count, sizeof(*a->list));
	for (uint64_t i = 0; a->list && i < a->slots->count; i++)
		if (slot_is_accepted(slot_at(a->slots, i)))
			a->list[a->count++] = slot_at(a->slots, i);
	return a->list;
}

/* -- Finding the queue, and with it what follows ------------------------- */

/* In a circular list of slots whose head is in the cycle; zero in a build with debugging, once taken out of it. */
static bool is_link(const struct slots *s, unsigned queue, uint64_t to)
{
	uint64_t from_first = to - s->start - queue;

	return to == 0 || to - s->cycle->address < CYCLE_MAX_SIZE || (from_first < s->count * s->size && from_first % s->size == 0);
}

/* Whether a queue and then a connection's number can be at this offset in all accepted slots. */
static bool could_be_queue(const struct accepted *a, unsigned queue)
{
	const struct slots *s = a->slots;

	for (size_t i = 0; i < a->count; i++) {
		const uint8_t *p = a->list[i] + queue;
		uint64_t number = word_at(p, Q_NUMBER);

		if (!is_link(s, queue, word_at(p, 0)) || !is_link(s, queue, word_at(p, 8)) || number == 0 || number >= s->cycle->next_number)
			return false;
	}
	return true;
}

/* The offset of ngx_connection_t.queue; 0 where it can't be. A number is no link, so no two offsets are possible. */
static unsigned find_queue(const struct accepted *a, unsigned requests)
{
	/* After the requests there are flags, and in some builds one more pointer. */
	for (unsigned tail = 8; tail <= 16; tail += 8) {
		unsigned queue = (unsigned)a->slots->size - tail - 8 - requests;

		if (could_be_queue(a, queue))
			return queue;
	}
	return 0;
}

/* -- Reading ------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	const struct connection *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Numbers are given once, and in time. */
static bool are_in_order(const struct connections *c)
{
	for (size_t i = 1; i < c->count; i++)
		if (c->list[i].number == c->list[i - 1].number || c->list[i].started < c->list[i - 1].started)
			return false;
	return true;
}

static bool read_accepted(struct connections *c, const struct accepted *a)
{
	const bool has_start_time = a->slots->cycle->version >= WITH_START_TIME;
	const unsigned requests = Q_NUMBER + (has_start_time ? 16 : 8);
	const unsigned queue = find_queue(a, requests);

	c->list = calloc(a->count + 1, sizeof(*c->list));
	if (!c->list || queue == 0)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const uint8_t *p = a->list[i] + queue;

		c->list[c->count++] = (struct connection){
			.number = word_at(p, Q_NUMBER),
			.started = has_start_time ? word_at(p, Q_NUMBER + 8) : 0,
			.requests = word_at(p, requests),
		};
	}
	qsort(c->list, c->count, sizeof(*c->list), by_number);
	return are_in_order(c);
}

void connections_read(struct connections *c, const struct slots *s)
{
	struct accepted a = {.slots = s};

	memset(c, 0, sizeof(*c));
	if (s->count == 0 || s->cycle->version == 0)
		return;
	c->known = find_accepted(&a) && read_accepted(c, &a);
	free(a.list);
}

void connections_free(struct connections *c)
{
	free(c->list);
	memset(c, 0, sizeof(*c));
}

void connections_json(FILE *out, const struct connections *c)
{
	const char *comma = "";

	if (!c->known) {
		fputs("null", out);
		return;
	}
	fputc('[', out);
	for (size_t i = 0; i < c->count; i++) {
		if (c->list[i].requests == 0)
			continue;
		fprintf(out, "%s[%" PRIu64 ",%" PRIu64 "]", comma, c->list[i].number, c->list[i].requests);
		comma = ",";
	}
	fputc(']', out);
}
