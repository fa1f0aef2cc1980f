/* Writing a snapshot as resty-heap/1: find its VMs, mark them, print what they hold. */
#include "snapshot/snapshot.h"
#include "nginx/connections.h"
#include "freeze/freeze.h"
#include "nginx/open.h"
#include "luajit/proof.h"
#include "snapshot/vm-json.h"
#include "base/clock.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static size_t name_address(void *context, uint64_t address, char *to, size_t room)
{
	return symbols_name(context, address, to, room);
}

static unsigned label_rank(const struct snapshot *s, const struct vm *vm)
{
	return vm->L.a == s->http_lua ? 0 : vm->L.a == s->stream_lua ? 1 : 2;
}

static void label_vms(const struct snapshot *s, struct vm_list *vms)
{
	int other = 0;

	for (size_t i = 1; i < vms->count; i++) {	/* few: insertion keeps the order by address */
		struct vm vm = vms->list[i];
		size_t k = i;

		for (; k > 0 && label_rank(s, &vms->list[k - 1]) > label_rank(s, &vm); k--)
			vms->list[k] = vms->list[k - 1];
		vms->list[k] = vm;
	}
	for (size_t i = 0; i < vms->count; i++) {
		struct vm *vm = &vms->list[i];
		unsigned rank = label_rank(s, vm);

		if (rank == 2)
			snprintf(vm->label, sizeof(vm->label), "vm%d", ++other);
		else
			snprintf(vm->label, sizeof(vm->label), "%s", rank == 0 ? "http" : "stream");
	}
}

static int not_exact(const struct snapshot *s, const struct vm *vm, struct error *e)
{
	if (s->of_core)
		return error_set(
			e, EXIT_NOT_EXACT,
			"the heap in the core of process %d does not add up (%s): it is damaged, or was written in the middle of a change, and nothing in it is guessed",
			(int)s->pid, vm->error);
	return error_set(e, EXIT_NOT_EXACT, "the heap of process %d is not exact after %d tries (%s)", (int)s->pid, s->attempts, vm->error);
}

static int refuse(const struct snapshot *s, const struct vm_list *found, const struct vm_list *refused, struct error *e)
{
	const struct vm *vm;

	if (refused->count == 0)
		return found->count ? 0 : error_set(e, EXIT_UNKNOWN_BUILD, "process %d has no LuaJIT heap", (int)s->pid);
	vm = &refused->list[0];
	if (vm->layout)
		return not_exact(s, vm, e);
	return error_set(e, EXIT_UNKNOWN_BUILD,
			 "process %d runs a LuaJIT build that is in no row of layout.c (%s). CONTRIBUTING.md says how to add it", (int)s->pid,
			 vm->error);
}

/* In nanoseconds. */
struct times {
	uint64_t find, mark, write;	/* find: with what of the proof was not done beside the marking */
	uint64_t claim;			/* whose each range is, malloc's blocks, and what nginx holds of them */
};

/* Prove one VM, mark it meanwhile, and write what it holds. */
static int write_heap(struct snapshot *s, FILE *out, struct vm *vm, struct vm_share *share, struct times *t, struct error *e)
{
	struct marking marking = {.want_retained = s->retained, .want_details = s->details, .holders = footprint_holders(&s->footprint),
				  .graph = {.most = s->retained_most}};
	struct proof proof = {0}, *beside = vm->proven ? NULL : &proof;
	uint64_t began = clock_monotonic_ns(), marked;
	int result = 0;
	bool ok;

	if (beside)
		proof_start(beside, vm);
	ok = marker_run(vm, &marking, beside, name_address, &s->symbols);
	if (beside && !proof_end(beside, vm)) {
		vm_refuse(vm, vm->error);
		result = not_exact(s, vm, e);
	}
	marked = clock_monotonic_ns();
	t->find += proof.alone_ns;
	t->mark += marked - began - proof.alone_ns;
	if (result == 0 && !(ok && vm_json(out, vm, &marking)))
		result = error_set(e, EXIT_NOT_EXACT, "the heap of process %d can't be followed: %s", (int)s->pid,
				   vm->error[0] ? vm->error : "out of memory");
	share->vm = vm;
	share->fixed = marking.fixed;
	memcpy(share->reachable, marking.reachable, sizeof(share->reachable));
	marking_free(&marking);
	t->write += clock_monotonic_ns() - marked;
	return result;
}

/* Of a process of which only the heaps were read, the resident set alone is known. */
static bool write_process(struct snapshot *s, FILE *out, const struct vm_share *shares, size_t count)
{
	s->footprint.details = s->details;
	if (s->footprint.known)
		return footprint_write(out, &s->footprint, &s->image, shares, count, &s->symbols);
	fprintf(out, "\"rss\":%llu", s->rss);
	return true;
}

static void write_event_loop(const struct snapshot *s, FILE *out)
{
	struct connections c;
	struct timers timers;
	struct slots slots;
	uint64_t open;

	slots_find(&slots, &s->image, &s->cycle);
	connections_read(&c, &slots);
	fputs(",\n\"connections\":", out);
	connections_json(out, &c);
	connections_free(&c);
	timers_read(&timers, &s->event_loop, &slots, &s->symbols);
	fputs(",\n\"timers\":", out);
	timers_json(out, &timers);
	if (open_count(&slots, &open))
		fprintf(out, ",\n\"open\":%" PRIu64, open);
	else
		fputs(",\n\"open\":null", out);
}

/* What the core file has of the process, and what it lacks, in bytes. */
static void write_core(const struct snapshot *s, FILE *out)
{
	fputs("\"core\":{\"program\":", out);
	json_string(out, s->core.program, strlen(s->core.program));
	fprintf(out, ",\"dumped\":%" PRIu64 ",\"lacks\":{\"files\":%" PRIu64 ",\"shared\":%" PRIu64 "},\"missing\":[",
		s->core.dumped, s->core.lacks_files, s->core.lacks_shared);
	for (size_t at = 0, size; at < s->core.missing_size; at += size + 1) {
		size = strlen(s->core.missing + at);
		if (at)
			putc(',', out);
		json_string(out, s->core.missing + at, size);
	}
	fputs("]},\n", out);
}

static void write_head(const struct snapshot *s, FILE *out)
{
	fprintf(out,
		"{\"format\":\"" HEAP_FORMAT "\",\"heapwalk\":\"" HEAPWALK_VERSION "\",\"pid\":%d,\"takenAtMs\":%" PRIu64 ",\n"
		"\"freeze\":{\"how\":\"%s\",\"pauseUs\":%" PRIu64 ",\"attempts\":%d,\"copiedBytes\":%" PRIu64,
		(int)s->pid, s->taken_ms, s->of_core ? "core" : s->ran_on ? "ran-on" : "parked", s->pause_ns / 1000, s->attempts, s->image.copied);
	if (s->cloned)
		fputs(",\"cloned\":true", out);
	if (s->zombie)
		fprintf(out, ",\"zombie\":%d", (int)s->zombie);
	fputs("},\n", out);
	if (s->of_core)
		write_core(s, out);
	fputs("\"nginx\":", out);
	counters_json(out, &s->counters);
	write_event_loop(s, out);
	fputs(",\n\"vms\":[\n", out);
}

int snapshot_write(struct snapshot *s, FILE *out, struct error *e)
{
	struct vm_list found = {0}, refused = {0};
	struct times times = {0};
	const uint64_t began = clock_monotonic_ns();
	uint64_t claiming;
	struct vm_share *shares = NULL;
	int result = -1;

	if (vm_find(&s->image, &found, &refused) != 0) {
		error_set(e, EXIT_CANNOT_READ, "out of memory");
		goto done;
	}
	if (refuse(s, &found, &refused, e) != 0)
		goto done;
	times.find = clock_monotonic_ns() - began;
	label_vms(s, &found);
	claiming = clock_monotonic_ns();
	if (s->footprint.known)
		footprint_claim(&s->footprint, &s->image, found.list, found.count, &s->cycle, &s->symbols);
	times.claim = clock_monotonic_ns() - claiming;
	shares = calloc(found.count, sizeof(*shares));
	if (!shares) {
		error_set(e, EXIT_CANNOT_READ, "out of memory");
		goto done;
	}
	write_head(s, out);
	for (size_t i = 0; i < found.count; i++) {
		if (i > 0)
			fputs(",\n", out);
		if (write_heap(s, out, &found.list[i], &shares[i], &times, e) != 0)
			goto done;
	}
	fprintf(out,
		"],\n\"timesUs\":{\"prepare\":%" PRIu64 ",\"pause\":%" PRIu64 ",\"find\":%" PRIu64 ",\"claim\":%" PRIu64 ",\"mark\":%" PRIu64
		",\"write\":%" PRIu64 "},\n\"process\":{",
		s->prepare_ns / 1000, s->pause_ns / 1000, times.find / 1000, times.claim / 1000, times.mark / 1000, times.write / 1000);
	if (!write_process(s, out, shares, found.count)) {
		error_set(e, EXIT_CANNOT_READ, "out of memory");
		goto done;
	}
	fputs("},\n\"end\":\"" HEAP_FORMAT "\"}\n", out);
	result = 0;
done:
	free(shares);
	vm_list_free(&found);
	vm_list_free(&refused);
	return result;
}
