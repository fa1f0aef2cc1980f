#include "connections.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	CYCLE_SIZE = 1024,		/* more than any sizeof(ngx_cycle_t) */
	MAX_SLOTS = 1 << 20,
	MIN_SLOT = 160, MAX_SLOT = 512,	/* sizeof(ngx_connection_t) */
	MIN_EVENT = 64, MAX_EVENT = 256,
	/* the head of ngx_connection_t, the same in all versions */
	C_READ = 8, C_WRITE = 16, C_SOCKADDR = 104,
	/* after its queue: number, start_time (since 1.19.10), requests */
	Q_NUMBER = 16,
	WITH_START_TIME = 1019010,
};

/* The connections of a cycle. */
struct slots {
	const struct image *im;
	const struct cycle *cycle;
	uint64_t start, count, size, reads, writes, event;
	const uint8_t *copy;
	const uint8_t **accepted;	/* those that are or were a client's */
	size_t naccepted;
};

static uint64_t word(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static const uint8_t *slot(const struct slots *s, uint64_t i)
{
	return s->copy + i * s->size;
}

/* -- Finding the slots --------------------------------------------------- */

/* Every slot has its own two events, the n-th of each array, from when the worker starts until it ends. */
static bool slots_have_events(const struct slots *s, uint64_t reads, uint64_t writes, uint64_t event)
{
	for (uint64_t i = 0; i < s->count; i++)
		if (word(slot(s, i) + C_READ) != reads + i * event || word(slot(s, i) + C_WRITE) != writes + i * event)
			return false;
	return true;
}

/* sizeof(ngx_connection_t): where the second slot is, with the second events. */
static bool find_size(struct slots *s, uint64_t reads, uint64_t writes)
{
	const uint8_t *first = image_at(s->im, raddr(s->start), MAX_SLOT + C_WRITE + 8);

	if (!first || word(first + C_READ) != reads || word(first + C_WRITE) != writes)
		return false;
	for (s->size = MIN_SLOT; s->size <= MAX_SLOT; s->size += 8) {
		uint64_t event = word(first + s->size + C_READ) - reads;

		if (event < MIN_EVENT || event > MAX_EVENT || word(first + s->size + C_WRITE) - writes != event)
			continue;
		s->reads = reads;
		s->writes = writes;
		s->event = event;
		s->copy = image_at(s->im, raddr(s->start), s->count * s->size);
		return s->copy && slots_have_events(s, reads, writes, event);
	}
	return false;
}

/* connection_n, files_n, connections, read_events and write_events stand together in ngx_cycle_t. */
static bool find_slots(struct slots *s)
{
	for (unsigned at = 0; at + 40 <= CYCLE_SIZE; at += 8) {
		const uint8_t *p = image_at(s->im, raddr(s->cycle->address + at), 40);

		if (!p)
			return false;
		s->count = word(p);
		s->start = word(p + 16);
		if (s->count >= 2 && s->count <= MAX_SLOTS && find_size(s, word(p + 24), word(p + 32)))
			return true;
	}
	return false;
}

/* A client's connection, present or past: only what accepts one notes its peer's address. */
static bool is_accepted(const uint8_t *p)
{
	return word(p + C_SOCKADDR) != 0;
}

static bool find_accepted(struct slots *s)
{
	s->accepted = calloc(s->count, sizeof(*s->accepted));
	for (uint64_t i = 0; s->accepted && i < s->count; i++)
		if (is_accepted(slot(s, i)))
			s->accepted[s->naccepted++] = slot(s, i);
	return s->accepted;
}

/* -- Finding the queue, and with it what follows ------------------------- */

/* In a circular list of slots whose head is in the cycle; zero in a build with debugging, once taken out of it. */
static bool is_link(const struct slots *s, unsigned queue, uint64_t to)
{
	uint64_t from_first = to - s->start - queue;

	return to == 0 || to - s->cycle->address < CYCLE_SIZE || (from_first < s->count * s->size && from_first % s->size == 0);
}

/* Whether a queue and then a connection's number can be at this offset in all accepted slots. */
static bool could_be_queue(const struct slots *s, unsigned queue)
{
	for (size_t i = 0; i < s->naccepted; i++) {
		const uint8_t *p = s->accepted[i] + queue;
		uint64_t number = word(p + Q_NUMBER);

		if (!is_link(s, queue, word(p)) || !is_link(s, queue, word(p + 8)) || number == 0 || number >= s->cycle->next_number)
			return false;
	}
	return true;
}

/* The offset of ngx_connection_t.queue; 0 where it can't be. A number is no link, so no two offsets are possible. */
static unsigned find_queue(const struct slots *s, unsigned requests)
{
	/* After the requests there are flags, and in some builds one more pointer. */
	for (unsigned tail = 8; tail <= 16; tail += 8) {
		unsigned queue = (unsigned)s->size - tail - 8 - requests;

		if (could_be_queue(s, queue))
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

static bool read_accepted(struct connections *c, const struct slots *s)
{
	const bool has_start_time = s->cycle->version >= WITH_START_TIME;
	const unsigned requests = Q_NUMBER + (has_start_time ? 16 : 8);
	const unsigned queue = find_queue(s, requests);

	c->list = calloc(s->naccepted + 1, sizeof(*c->list));
	if (!c->list || queue == 0)
		return false;
	for (size_t i = 0; i < s->naccepted; i++) {
		const uint8_t *p = s->accepted[i] + queue;

		c->list[c->count++] = (struct connection){
			.number = word(p + Q_NUMBER),
			.started = has_start_time ? word(p + Q_NUMBER + 8) : 0,
			.requests = word(p + requests),
		};
	}
	qsort(c->list, c->count, sizeof(*c->list), by_number);
	return are_in_order(c);
}

bool connections_find(struct connection_slots *to, const struct image *im, const struct cycle *cycle)
{
	struct slots s = {.im = im, .cycle = cycle};

	if (cycle->address == 0 || !find_slots(&s))
		return false;
	*to = (struct connection_slots){s.start, s.count, s.size, s.reads, s.writes, s.event};
	return true;
}

void connections_read(struct connections *c, const struct image *im, const struct cycle *cycle)
{
	struct slots s = {.im = im, .cycle = cycle};

	memset(c, 0, sizeof(*c));
	if (cycle->address == 0 || cycle->version == 0 || !find_slots(&s))
		return;
	c->known = find_accepted(&s) && read_accepted(c, &s);
	free(s.accepted);
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
