/*
** Checks timers.c on made-up event loops: trees that were grown at random, queues, both clocks, what must be refused,
** and damage at random, which must do no harm.
*/
#include "base/clock.h"
#include "nginx/timers.h"
#include "worker-image.h"

enum {
	NODES = 200, NODE = 96, TIMER = 40, QUEUE = 80,		/* ngx_event_t, and where its node and its link are */
	SLOTS = 4, SENTINEL = NODES * NODE, HEADS = SENTINEL + 64, SIZE = HEADS + 256,
	TREE_SYMBOL = 1, CLOCK_SYMBOL, QUEUE_SYMBOL, DAMAGES = 100000,
};
static const uint64_t program = UINT64_C(0x550000000000);

static uint64_t root, current_ms;

/* -- The worker that is asked -------------------------------------------- */

uint64_t symbols_find(const struct symbols *s, const char *name)
{
	(void)s;
	if (strcmp(name, "ngx_event_timer_rbtree") == 0)
		return TREE_SYMBOL;
	if (strcmp(name, "ngx_current_msec") == 0)
		return CLOCK_SYMBOL;
	return strcmp(name, "ngx_posted_events") == 0 ? base + HEADS : 0;
}

int memory_read(pid_t pid, struct raddr from, void *to, size_t size)
{
	const uint64_t tree[2] = {root, base + SENTINEL};

	(void)pid;
	if (from.a == TREE_SYMBOL)
		memcpy(to, tree, size);
	else if (from.a == CLOCK_SYMBOL)
		memcpy(to, &current_ms, size);
	else
		memcpy(to, memory + (from.a - base), size);
	return 0;
}

/* -- Building ------------------------------------------------------------ */

static uint64_t get(uint64_t at)
{
	uint64_t v;

	memcpy(&v, memory + at, 8);
	return v;
}

static uint64_t node_of(unsigned i)
{
	return (uint64_t)i * NODE + TIMER;
}

/* A tree as insertion alone makes it: its colours and balance do not matter to a reader. */
static void insert(unsigned i, uint64_t key)
{
	const uint64_t node = node_of(i), sentinel = base + SENTINEL;
	uint64_t at, link;

	put(node, key);
	put(node + 8, sentinel);
	put(node + 16, sentinel);
	put(node + 24, 0);
	if (root == sentinel) {
		root = base + node;
		return;
	}
	for (at = root - base;; at = get(link) - base) {
		link = at + ((int64_t)(key - get(at)) < 0 ? 8 : 16);
		if (get(link) == sentinel)
			break;
	}
	put(link, base + node);
	put(node + 24, base + at);
}

/* A clock that nginx may take its time from. */
enum clock { MONOTONIC, TIME_OF_DAY };

static uint64_t clock_ms(enum clock which)
{
	return which == MONOTONIC ? clock_monotonic_ns() / 1000000 : clock_unix_ms();
}

static void post(unsigned i)
{
	const uint64_t head = base + HEADS, at = (uint64_t)i * NODE + QUEUE, last = get(HEADS);

	put(at, last);
	put(at + 8, head);
	put(last - base + 8, base + at);
	put(HEADS, base + at);
}

/* n timers 100 s apart from 100 s on, from a clock that stood still for an hour, or since the start; the first SLOTS are connections'. */
static void build(unsigned n, enum clock which)
{
	unsigned order[NODES];

	image_begin(SIZE);
	root = base + SENTINEL;
	current_ms = clock_ms(which);
	current_ms -= current_ms < 3600000 ? current_ms : 3600000;
	put(HEADS, base + HEADS);
	put(HEADS + 8, base + HEADS);
	for (unsigned i = 0; i < n; i++)
		order[i] = i;
	for (unsigned i = n; i > 1; i--) {
		unsigned k = (unsigned)(next_random() % i), other = order[i - 1];

		order[i - 1] = order[k];
		order[k] = other;
	}
	for (unsigned i = 0; i < n; i++)
		insert(order[i], clock_ms(which) + (order[i] + 1) * UINT64_C(100000));
}

/* -- Checking ------------------------------------------------------------ */

static void read_all(struct timers *t)
{
	static const struct cycle cycle;
	struct module module = {.start = program, .end = program + 4096};
	struct symbols symbols = {.modules = &module, .nmodules = 1};
	struct slots slots = {.im = &image, .cycle = &cycle, .count = SLOTS / 2, .reads = base, .writes = base + SLOTS / 2 * NODE,
			      .event = NODE};
	struct event_loop loop;

	event_loop_read(&loop, &symbols, 1);
	timers_read(t, &loop, &slots, &symbols);
}

static int fail(const char *what)
{
	printf("%s\n", what);
	return 1;
}

static int expect_refused(const char *what)
{
	struct timers t;

	read_all(&t);
	return t.known ? fail(what) : 0;
}

static bool is_due(uint64_t due_ms, unsigned i)
{
	uint64_t expected = (i + 1) * UINT64_C(100000);

	return due_ms <= expected && due_ms + 20000 > expected;	/* as much as a busy machine may take */
}

static int check_tree(unsigned n, enum clock which)
{
	const unsigned slots = n < SLOTS ? n : SLOTS, code = n - slots;
	struct timers t;

	build(n, which);
	read_all(&t);
	if (!t.known || t.pending != n || t.of_connections != slots || t.of_modules != 0 || t.ndue != (code < MAX_DUE ? code : MAX_DUE))
		return fail("a tree has other timers");
	for (unsigned i = 0; i < t.ndue; i++)
		if (!is_due(t.due_ms[i], slots + i))
			return fail("a timer is due at another time");
	return 0;
}

static int check_posted(void)
{
	struct timers t;
	char text[128] = "";
	FILE *out;

	build(0, MONOTONIC);
	post(SLOTS + 1);
	post(1);
	post(SLOTS + 2);
	read_all(&t);
	out = fmemopen(text, sizeof(text), "w");
	timers_json(out, &t);
	fclose(out);
	if (strcmp(text, "{\"pending\":3,\"dueMs\":[0,0],\"ofConnections\":1,\"ofModules\":0}") != 0)
		return fail("posted events are not told");
	put((SLOTS + 2) * NODE + QUEUE, base);
	return expect_refused("a queue that does not lead back");
}

/* The memory of the tree in the program's own variables. */
static int check_modules(void)
{
	struct timers t;
	const struct region there = {program, program + SIZE, memory};

	build(0, MONOTONIC);
	put(node_of(0), clock_ms(MONOTONIC) + 1000);
	put(node_of(0) + 8, base + SENTINEL);
	put(node_of(0) + 16, base + SENTINEL);
	root = program + node_of(0);
	region = there;
	put(HEADS + 8, base + HEADS);
	read_all(&t);
	return t.known && t.pending == 0 && t.of_modules == 1 && t.ndue == 0 ? 0 : fail("a module's own timer is not told apart");
}

static int check_refusals(void)
{
	int failed = 0;

	build(20, MONOTONIC);
	put(root - base + 8, UINT64_C(0x1234567890));
	failed += expect_refused("a child outside the memory");
	build(20, MONOTONIC);
	put(root - base + 8, root);
	failed += expect_refused("a tree that goes round");
	build(20, MONOTONIC);
	put(root - base, clock_ms(MONOTONIC) + 900000000);
	failed += expect_refused("keys out of order");
	build(20, MONOTONIC);
	memory[root - base + 32] = 7;
	failed += expect_refused("a node that is neither red nor black");
	root = 0;
	failed += expect_refused("a tree that was never made");
	return failed;
}

int main(void)
{
	int failed = 0;

	for (unsigned n = 0; n <= NODES; n += n < 8 ? 1 : 32) {
		failed += check_tree(n, MONOTONIC);
		failed += check_tree(n, TIME_OF_DAY);
	}
	failed += check_posted() + check_modules() + check_refusals();
	for (int i = 0; i < DAMAGES; i++) {
		struct timers t;

		if (i % 100 == 0) {
			build(30, MONOTONIC);
			post(40);
			post(50);
		}
		for (int n = 0; n < 3; n++) {
			uint64_t v = next_random(), at = next_random() % (60 * NODE / 8) * 8;

			put(at, v % 3 == 0 ? v : v % 3 == 1 ? v % 300 : base + node_of((unsigned)(v / 3 % 60)));
		}
		read_all(&t);
	}
	free(memory);
	if (!failed)
		puts("all trees are read");
	return failed != 0;
}
