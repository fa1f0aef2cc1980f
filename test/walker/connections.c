/*
** Checks connections.c on made-up workers: every form that ngx_connection_t has had since 1.18, what must be refused,
** and damage at random, which must do no harm.
*/
#include "nginx/connections.h"
#include "nginx/open.h"
#include "worker-image.h"

enum {
	SLOTS = 13, CYCLE = 64, ARRAY = 1088, LUA_CONF = ARRAY + SLOTS * 256, SIZE = LUA_CONF + 512,
	EVENT = 96, CHANNEL = 5, NUMBERS_END = 100, DAMAGES = 200000,
};
static const uint64_t reads = UINT64_C(0x7f1000000000), writes = UINT64_C(0x7f2000000000);

struct form {
	const char *name;
	uint64_t version;
	bool quic, ssl, task;	/* build options that add a field */
	bool debug;		/* links are zero once taken out */
	const char *expected;
};

static const struct form forms[] = {
	{"1.18", 1018000, false, true, true, false, "[[5,3],[9,40]]"},
	{"1.18 without options", 1018000, false, false, false, false, "[[5,3],[9,40]]"},
	{"1.19.9", 1019009, false, true, true, true, "[[5,3],[9,40]]"},
	{"1.19.10", 1019010, false, true, true, true, "[[5,3],[9,40]]"},
	{"1.22", 1022001, false, true, true, true, "[[5,3],[9,40]]"},
	{"1.22 without threads", 1022001, false, true, false, false, "[[5,3],[9,40]]"},
	{"1.22 without TLS", 1022001, false, false, true, true, "[[5,3],[9,40]]"},
	{"1.26", 1026003, true, true, true, true, "[[5,3],[9,40]]"},
	{"1.30", 1030006, true, true, true, false, "[[5,3],[9,40]]"},
	{"a version that is not told", 0, true, true, true, false, "null"},
};

struct offsets {
	uint64_t size, queue, number, started, requests;
};

static struct offsets offsets_of(const struct form *f)
{
	struct offsets o;

	o.queue = 176 + 8 * f->quic + 8 * f->ssl;
	o.number = o.queue + 16;
	o.started = f->version >= 1019010 ? o.number + 8 : 0;
	o.requests = (o.started ? o.started : o.number) + 8;
	o.size = o.requests + 16 + 8 * f->task;
	return o;
}

static void in_use(const struct form *f, unsigned i, int32_t fd, uint64_t data, uint64_t pool)
{
	uint64_t at = ARRAY + i * offsets_of(f).size;

	put(at, data);
	put(at + 24, (uint32_t)fd);
	put(at + 88, pool);
}

static void accepted(const struct form *f, unsigned i, uint64_t number, uint64_t started, uint64_t requests)
{
	struct offsets o = offsets_of(f);
	uint64_t at = ARRAY + i * o.size;

	put(at + 64, base + 8);			/* listening */
	put(at + 104, base + 16);		/* sockaddr */
	put(at + 112, 16);
	put(at + o.queue - 24, base + 24);	/* local_sockaddr, local_socklen, buffer */
	put(at + o.queue - 16, 16);
	put(at + o.queue - 8, number % 2 ? base + 32 : 0);
	if (!f->debug) {
		put(at + o.queue, base + ARRAY + (i + 1) % SLOTS * o.size + o.queue);
		put(at + o.queue + 8, base + CYCLE + 160);
	}
	put(at + o.number, number);
	if (o.started)
		put(at + o.started, started);
	put(at + o.requests, requests);
	put(at + o.requests + 8, 0x121a200);	/* flags */
}

/* The free slots are a list, each with the next as its data; a closed client's is one of them. */
static void put_free(const struct form *f, unsigned first, unsigned last)
{
	uint64_t size = offsets_of(f).size;

	put(CYCLE + 120, base + ARRAY + first * size);
	put(CYCLE + 128, last - first + 1);
	for (unsigned i = first; i <= last; i++)
		put(ARRAY + i * size, i < last ? base + ARRAY + (i + 1) * size : 0);
}

/*
** A worker with a listening socket, a connection to an upstream, three clients, one of which never asked and one of which is gone,
** a timer that waits, what init_worker left, the Lua module's watcher, the channel to the master and a pipe of signals.
*/
static void build(const struct form *f)
{
	struct offsets o = offsets_of(f);

	image_begin(SIZE);
	put(CYCLE + 488, SLOTS);
	put(CYCLE + 504, base + ARRAY);
	put(CYCLE + 512, reads);
	put(CYCLE + 520, writes);
	for (unsigned i = 0; i < SLOTS; i++) {
		put(ARRAY + i * o.size, base + ARRAY + (i + 1) * o.size);
		put(ARRAY + i * o.size + 8, reads + i * EVENT);
		put(ARRAY + i * o.size + 16, writes + i * EVENT);
	}
	put(ARRAY + 64, base + 8);
	put(ARRAY + o.requests, 77);		/* accept events of the listening socket */
	put(ARRAY + o.size + o.number, 8);
	put(ARRAY + o.size + o.requests, 1000);	/* upstream */
	accepted(f, 4, 9, 3000, 40);
	accepted(f, 5, 7, 2000, 0);
	accepted(f, 2, 5, 1000, 3);
	in_use(f, 0, 6, 0, 0);
	in_use(f, 1, 7, base + 40, base + 48);
	in_use(f, 2, 8, base + 40, base + 48);
	in_use(f, 3, CHANNEL, 0, base + 48);
	in_use(f, 4, 9, base + 40, base + 48);
	in_use(f, 6, -1, base + 40, base + 48);
	put(ARRAY + 6 * o.size + 64, base + 8);	/* a request started the timer */
	in_use(f, 7, -2, base + LUA_CONF, 0);
	put(LUA_CONF + 64, 1024);		/* max_pending_timers, pending, max_running, running, watcher */
	put(LUA_CONF + 72, 3);
	put(LUA_CONF + 80, 256);
	put(LUA_CONF + 88, 1);
	put(LUA_CONF + 96, base + ARRAY + 7 * o.size);
	in_use(f, 8, 10, 0, 0);
	in_use(f, 9, -1, base + 40, base + 48);	/* init_worker's */
	put(ARRAY + 5 * o.size, 0);
	put_free(f, 10, SLOTS - 1);
	put(ARRAY + (SLOTS - 1) * o.size, base + ARRAY + 5 * o.size);
	put(CYCLE + 128, SLOTS - 10 + 1);
}

static struct cycle cycle_of(const struct form *f)
{
	return (struct cycle){.address = base + CYCLE, .version = f->version, .next_number = NUMBERS_END, .channel = CHANNEL};
}

static int expect(const struct form *f, const char *what, const char *expected)
{
	struct cycle cycle = cycle_of(f);
	struct connections c;
	struct slots slots;
	char text[256] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	slots_find(&slots, &image, &cycle);
	connections_read(&c, &slots);
	connections_json(out, &c);
	connections_free(&c);
	fclose(out);
	if (strcmp(text, expected) == 0)
		return 0;
	printf("%s, %s: %s, not %s\n", f->name, what, text, expected);
	return 1;
}

/* Two clients, the upstream, and the timer. */
static int expect_open(const struct form *f, const char *what, int expected)
{
	struct cycle cycle = cycle_of(f);
	struct slots slots;
	uint64_t open;
	int got;

	slots_find(&slots, &image, &cycle);
	got = open_count(&slots, &open) ? (int)open : -1;
	if (got == expected)
		return 0;
	printf("%s, %s: %d open, not %d\n", f->name, what, got, expected);
	return 1;
}

static int check_free_list(const struct form *f)
{
	struct offsets o = offsets_of(f);
	int failed = 0;

	build(f);
	failed += expect_open(f, "as it is", 4);
	put(CYCLE + 128, 2);
	failed += expect_open(f, "fewer free slots than the list has", -1);
	build(f);
	put(ARRAY + 11 * o.size, base + ARRAY + 10 * o.size);
	failed += expect_open(f, "a list of free slots that goes round", -1);
	build(f);
	put(ARRAY + 10 * o.size, base + ARRAY + 8);
	failed += expect_open(f, "a free slot that is none", -1);
	build(f);
	put(CYCLE + 120, 0);
	put(CYCLE + 128, 0);
	failed += expect_open(f, "no free slot", -1);
	build(f);
	put(LUA_CONF + 88, 7);
	failed += expect_open(f, "more timers that run", 10);
	put(LUA_CONF + 88, 257);
	failed += expect_open(f, "more timers than may run", -1);
	build(f);
	put(LUA_CONF + 96, 0);
	failed += expect_open(f, "a watcher that nobody knows", -1);
	return failed;
}

static int check_refusals(const struct form *f)
{
	struct offsets o = offsets_of(f);
	int failed = 0;

	build(f);
	put(ARRAY + 4 * o.size + o.number, 5);
	failed += expect(f, "a number given twice", "null");
	build(f);
	put(ARRAY + 4 * o.size + o.number, NUMBERS_END);
	failed += expect(f, "a number not yet given", "null");
	build(f);
	put(ARRAY + 4 * o.size + o.number, 0);
	failed += expect(f, "a client without a number", "null");
	build(f);
	put(ARRAY + 4 * o.size + o.queue, base + ARRAY + 8);
	failed += expect(f, "a queue that leads nowhere", "null");
	build(f);
	put(ARRAY + 7 * o.size + 8, reads);
	failed += expect(f, "another's events", "null");
	build(f);
	put(CYCLE + 488, SLOTS * 1000);
	failed += expect(f, "more slots than there are", "null");
	if (o.started) {
		build(f);
		put(ARRAY + 4 * o.size + o.started, 500);
		failed += expect(f, "a number before its time", "null");
	}
	build(f);
	for (unsigned i = 2; i <= 5; i++)
		memset(memory + ARRAY + i * o.size + 64, 0, o.size - 64);
	failed += expect(f, "nobody came", "[]");
	return failed;
}

int main(void)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		build(&forms[i]);
		failed += expect(&forms[i], "as it is", forms[i].expected);
		failed += check_free_list(&forms[i]);
		if (forms[i].version)
			failed += check_refusals(&forms[i]);
	}
	for (int i = 0; i < DAMAGES; i++) {
		const struct form *f = &forms[next_random() % (sizeof(forms) / sizeof(forms[0]) - 1)];
		struct cycle cycle = cycle_of(f);
		struct connections c;
		struct slots slots;
		uint64_t open;

		build(f);
		for (int n = 0; n < 8; n++) {
			uint64_t v = next_random(), at = next_random() % (SIZE / 8) * 8;

			put(at, v % 3 == 0 ? v : v % 3 == 1 ? v % 300 : base + v % SIZE);
		}
		slots_find(&slots, &image, &cycle);
		connections_read(&c, &slots);
		connections_free(&c);
		open_count(&slots, &open);
	}
	free(memory);
	if (!failed)
		printf("%zu forms are read\n", sizeof(forms) / sizeof(forms[0]));
	return failed != 0;
}
