/*
** Damages saved images and reads them: no crash, hang or runaway memory is allowed, whatever a heap looks like.
** fuzz IMAGE ITERATIONS [SEED]. Built with sanitizers by `make fuzz`.
*/
#define _GNU_SOURCE
#include "malloc/glibc.h"
#include "malloc/lost.h"
#include "marker/marker.h"
#include "luajit/proof.h"
#include "snapshot/saved.h"
#include "snapshot/vm-json.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	MAX_DAMAGE = 24,
	HANG_S = 20,
	THREADED = 8,
	TAIL = 4,			/* of an image of nginx, what lies around the heaps is at the end */
};

static uint64_t state, blocks_seen;

static volatile sig_atomic_t stopped;	/* asked to end: tell what was done so far */

static void on_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void on_hang(int signal)
{
	static const char text[] = "fuzz: hang\n";

	(void)signal;
	if (write(2, text, sizeof(text) - 1) < 0)
		_exit(2);
	abort();
}

/* Another word of the image (often a reference), a small number, or an extreme. */
static uint64_t new_value(const uint8_t *data, size_t size)
{
	uint64_t v;

	switch (next_random() % 6) {
	case 0: return 0;
	case 1: return ~UINT64_C(0);
	case 2: return next_random() % 300;
	case 3: return next_random();
	default:
		memcpy(&v, data + next_random() % (size - 8), 8);
		return next_random() % 4 ? v : v + next_random() % 64;
	}
}

static void damage(uint8_t *data, size_t size, size_t from)
{
	int n = 1 + (int)(next_random() % MAX_DAMAGE);

	if (next_random() % 64 == 0)
		from = 0;	/* the header as well */
	while (n-- > 0) {
		size_t at = from + next_random() % (size - from - 8);
		uint64_t v = new_value(data, size);

		switch (next_random() % 4) {
		case 0: data[at] = (uint8_t)v; break;
		case 1: memcpy(data + (at & ~(size_t)3), &v, 4); break;
		default: memcpy(data + (at & ~(size_t)7), &v, 8); break;
		}
	}
}

static size_t name_address(void *context, uint64_t address, char *to, size_t room)
{
	return symbols_name(context, address, to, room);
}

static void add_span(void *context, uint64_t start, uint64_t end)
{
	blocks_add_span(context, start, end);
}

static void add_chunk(void *context, uint64_t chunk, uint64_t size)
{
	blocks_add(context, chunk, size);
}

/* Blocks wherever, as long as what stands for their headers says. */
static void add_anywhere(struct blocks *b, const struct region *r)
{
	blocks_add_span(b, r->start, r->end);
	for (uint64_t at = r->start; at + 32 <= r->end; at += 16 + 16 * (next_random() % 64))
		blocks_add(b, at, 0);
}

/* malloc's blocks: the first region whose chunks lead to its end is the heap. Other regions have blocks anywhere, or are one. */
static bool find_blocks(struct snapshot *s, struct blocks *b)
{
	const struct chunk_listener listener = {add_span, add_chunk, b};
	const struct libc_data no_data = {0};
	struct pages pages = {.im = &s->image, .count = s->image.arena_size / 4096};
	struct glibc *g = calloc(1, sizeof(*g));

	b->im = &s->image;
	pages.present = calloc(pages.count + 1, 1);
	if (!g || !pages.present)
		abort();
	for (size_t i = 0; i < s->image.nregions; i++) {
		const struct region *r = &s->image.regions[i];

		if (!g->main_known)
			glibc_walk(g, &s->image, &pages, r->start, r->end, &no_data, &listener);
		if (g->main_known && g->main_span.end == r->end)
			continue;
		if (next_random() % 8 == 0)
			blocks_add_whole(b, r->start, r->end - r->start);
		else if (next_random() % 4 == 0)
			add_anywhere(b, r);
	}
	free(pages.present);
	free(g);
	return blocks_settle(b);
}

static void read_lost(struct snapshot *s, struct holders *h, FILE *out)
{
	const struct arena_span no_arena = {0};
	struct lost lost;

	lost_find(&lost, h, &s->symbols, no_arena);
	lost_json(out, &lost, &s->symbols);
	if (h->held.objects != h->blocks.count)
		abort();	/* every block has been taken once */
	blocks_seen += h->blocks.count;
	lost_free(&lost);
}

/* What snapshot_write() refuses, too. */
static void read_vms(struct snapshot *s, FILE *out, uint64_t *balanced)
{
	struct vm_list found = {0}, refused = {0};
	struct holders holders = {0};
	const bool has_blocks = find_blocks(s, &holders.blocks);

	if (vm_find(&s->image, &found, &refused) != 0)
		abort();
	/* Follow even what does not balance: the equation must not be the only guard. */
	for (size_t i = 0; i < found.count + refused.count; i++) {
		struct vm *vm = i < found.count ? &found.list[i] : &refused.list[i - found.count];
		struct marking marking = {.want_retained = s->retained, .want_details = next_random() % 2, .bulk_from = next_random() % 2,
					  .holders = has_blocks ? &holders : NULL};
		struct proof proof, *beside = vm->proven || next_random() % 2 ? NULL : &proof;

		if (!vm->layout)
			continue;
		vm->error[0] = '\0';
		if (beside)
			proof_start_how(beside, vm, next_random() % THREADED == 0);
		if (marker_run(vm, &marking, beside, name_address, &s->symbols) && !vm_json(out, vm, &marking))
			abort();
		*balanced += vm->proven;
		marking_free(&marking);
	}
	if (has_blocks)
		read_lost(s, &holders, out);
	holders_free(&holders);
	vm_list_free(&found);
	vm_list_free(&refused);
}

int main(int argc, char **argv)
{
	FILE *f = argc > 2 ? fopen(argv[1], "rb") : NULL;
	FILE *out = fopen("/dev/null", "w");
	long iterations = argc > 2 ? atol(argv[2]) : 0, done;
	uint64_t balanced = 0, parsed = 0;
	struct rusage usage;
	uint8_t *good, *bad;
	size_t size;

	if (!f || !out || iterations <= 0) {
		fputs("usage: fuzz IMAGE ITERATIONS [SEED]\n", stderr);
		return 2;
	}
	state = argc > 3 ? strtoull(argv[3], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1 : 88172645463325252u;
	fseek(f, 0, SEEK_END);
	size = (size_t)ftell(f);
	rewind(f);
	good = malloc(size);
	bad = malloc(size);
	if (!good || !bad || fread(good, 1, size, f) != size)
		return 2;
	fclose(f);
	signal(SIGALRM, on_hang);
	signal(SIGTERM, on_stop);
	for (done = 0; done < iterations && !stopped; done++) {
		size_t length = next_random() % 200 == 0 ? next_random() % size : size;
		struct snapshot s;
		struct error e;

		memcpy(bad, good, size);
		if (done > 0)
			damage(bad, size, next_random() % TAIL == 0 ? size - size / TAIL : 96);
		alarm(HANG_S);
		if (saved_parse(&s, bad, length, &e) == 0) {
			parsed++;
			s.retained = next_random() % 4 == 0;
			if (next_random() % 4 == 0)
				balanced += snapshot_write(&s, out, &e) == 0;
			else
				read_vms(&s, out, &balanced);
			snapshot_free(&s);
		}
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%ld runs, %llu parsed, %llu heaps balanced, %llu blocks held or lost, %ld MB at most\n", done, (unsigned long long)parsed,
	       (unsigned long long)balanced, (unsigned long long)blocks_seen, usage.ru_maxrss / 1024);
	free(good);
	free(bad);
	return 0;
}
