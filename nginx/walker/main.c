/* heapwalk: what a worker's LuaJIT heap holds, by reference path. FORMAT.md describes the output and the commands. */
#include "freeze/freeze.h"
#include "paths/graph.h"
#include "target/process.h"
#include "snapshot/resident.h"
#include "snapshot/saved.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
	"usage: heapwalk snap -p PID [-o FILE] [--heap-only] [--retained | --cheap-retained] [--details] [--freeze stop|fork] [--timeout MS] [--any] [--save-image FILE]\n"
	"       heapwalk read IMAGE|CORE [-o FILE] [--retained | --cheap-retained] [--details] [--sysroot DIR] [--exe PROGRAM]\n"
	"       heapwalk estimate -p PID [--heap-only] [--freeze stop|fork]\n"
	"       heapwalk counters -p PID\n"
	"       heapwalk ps [-p MASTER]\n"
	"       heapwalk exec --control FD -- COMMAND...\n"
	"       heapwalk --version\n"
	"\n"
	"  -p PID        the worker process\n"
	"  -o FILE       write there instead of stdout; complete or absent\n"
	"  --heap-only   leave out the rows of the whole process's memory: the shortest pause\n"
	"  --retained    retained bytes of each path as well (dominators)\n"
	"  --cheap-retained  the same, left out of heaps where that takes more than about a second\n"
	"  --details     what is free in the allocators by size of chunk, strings by size, and the largest with their paths\n"
	"  --freeze fork  clone the worker copy-on-write and read the clone: it stands still for the cloning alone (x86-64)\n"
	"  --timeout MS  how long it may take until the worker rests (default 10000)\n"
	"  --max-pause MS  do not stop the worker for longer: refuse, or give up (default: no limit)\n"
	"  --any         a program that is not nginx: stop in any system call\n"
	"  --sysroot DIR  the root folder of the machine or container that a core file comes from (default: /)\n"
	"  --exe PROGRAM  where the program of a core file is now, if not where the core says\n"
	"  --save-image FILE  also write the raw memory there; 'read' makes a snapshot of it\n"
	"\n"
	"exit codes: 0 ok, 2 usage, 3 cannot read the process, 4 no LuaJIT or an unknown build, 5 not quiescent or not exact\n";

struct arguments {
	pid_t pid;
	int control;
	const char *file, *image;
	struct core_files core_files;
	bool print_rss;		/* for benchmarks: this process's own peak, on stderr */
	char **command;
	struct options options;
};

static int usage(const char *what, const char *which)
{
	fprintf(stderr, "heapwalk: %s%s%s\n%s", what, which ? " " : "", which ? which : "", usage_text);
	return EXIT_USAGE;
}

static bool parse_number(const char *text, long max, int *to)
{
	char *end;
	long v;

	errno = 0;
	v = text ? strtol(text, &end, 10) : -1;
	if (!text || errno || *end || end == text || v < 0 || v > max)
		return false;
	*to = (int)v;
	return true;
}

/* An option that takes no value. False where it is another. */
static bool parse_flag(const char *flag, struct arguments *a)
{
	if (strcmp(flag, "--any") == 0) {
		a->options.any_process = true;
	} else if (strcmp(flag, "--print-rss") == 0) {
		a->print_rss = true;
	} else if (strcmp(flag, "--heap-only") == 0) {
		a->options.heap_only = true;
	} else if (strcmp(flag, "--details") == 0) {
		a->options.details = true;
	} else if (strcmp(flag, "--retained") == 0) {
		a->options.retained = true;
	} else if (strcmp(flag, "--cheap-retained") == 0) {
		a->options.retained = true;
		a->options.retained_most = GRAPH_CHEAP;
	} else {
		return false;
	}
	return true;
}

static bool parse_freeze(const char *how, struct arguments *a)
{
	a->options.fork = how && strcmp(how, "fork") == 0;
	return a->options.fork || (how && strcmp(how, "stop") == 0);
}

/* Returns 0, or EXIT_USAGE after saying why. */
static int parse(int argc, char **argv, struct arguments *a)
{
	*a = (struct arguments){.control = -1, .options = {.timeout_ms = FREEZE_TIMEOUT_MS}};
	for (int i = 2; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--") == 0) {
			a->command = argv + i + 1;
			return 0;
		}
		if (parse_flag(argv[i], a))
			continue;
		if (strcmp(argv[i], "-p") == 0) {
			int pid;

			if (!parse_number(value, 1 << 22, &pid) || pid == 0)
				return usage("-p takes a process id, not", value ? value : "nothing");
			a->pid = pid;
		} else if (strcmp(argv[i], "-o") == 0) {
			if (!value)
				return usage("-o takes a file name", NULL);
			a->file = value;
		} else if (strcmp(argv[i], "--exe") == 0) {
			if (!value)
				return usage("--exe takes a file name", NULL);
			a->core_files.program = value;
		} else if (strcmp(argv[i], "--sysroot") == 0) {
			if (!value)
				return usage("--sysroot takes a folder", NULL);
			a->core_files.root = value;
		} else if (strcmp(argv[i], "--save-image") == 0) {
			if (!value)
				return usage("--save-image takes a file name", NULL);
			a->options.save_image = value;
		} else if (strcmp(argv[1], "read") == 0 && !a->image && argv[i][0] != '-') {
			a->image = argv[i];
			continue;
		} else if (strcmp(argv[i], "--timeout") == 0) {
			if (!parse_number(value, 600000, &a->options.timeout_ms))
				return usage("--timeout takes milliseconds, not", value ? value : "nothing");
		} else if (strcmp(argv[i], "--max-pause") == 0) {
			if (!parse_number(value, 600000, &a->options.max_pause_ms) || a->options.max_pause_ms == 0)
				return usage("--max-pause takes milliseconds, not", value ? value : "nothing");
		} else if (strcmp(argv[i], "--freeze") == 0) {
			if (!parse_freeze(value, a))
				return usage("--freeze takes stop or fork, not", value ? value : "nothing");
		} else if (strcmp(argv[i], "--control") == 0) {
			if (!parse_number(value, 1 << 16, &a->control))
				return usage("--control takes a file descriptor, not", value ? value : "nothing");
		} else {
			return usage("unknown option", argv[i]);
		}
		i++;
	}
	return 0;
}

static int report(const struct error *e)
{
	fprintf(stderr, "heapwalk: %s\n", e->text);
	return e->code;
}

static int run_snap(const struct arguments *a)
{
	struct error e = {EXIT_OK, ""};

	if (a->pid == 0)
		return usage("snap needs -p PID", NULL);
	if (a->options.fork && a->options.any_process)
		return usage("--freeze fork is for nginx, which waits in its event loop, and --any for other programs", NULL);
	if (snapshot_to_file(a->pid, &a->options, a->file, &e) != 0)
		return report(&e);
	if (a->print_rss)
		fprintf(stderr, "rss %llu\n", process_peak());
	return EXIT_OK;
}

/* What cannot be opened is none either: its reader says why. */
static bool is_core_file(const char *name)
{
	uint8_t head[64];
	FILE *f = fopen(name, "re");
	const size_t size = f ? fread(head, 1, sizeof(head), f) : 0;

	if (f)
		fclose(f);
	return core_is(head, size);
}

static int run_read(const struct arguments *a)
{
	struct error e = {EXIT_OK, ""};
	struct snapshot s;
	int result;

	if (!a->image)
		return usage("read needs a saved image or a core file", NULL);
	if (is_core_file(a->image))
		result = snapshot_read_core(&s, a->image, &a->core_files, &e);
	else if (a->core_files.program || a->core_files.root)
		return usage(a->core_files.program ? "--exe is for core files, and this is none:"
						   : "--sysroot is for core files, and this is none:",
			     a->image);
	else
		result = saved_read(&s, a->image, &e);
	if (result != 0)
		return report(&e);
	s.retained = a->options.retained;
	s.retained_most = a->options.retained_most;
	s.details = a->options.details;
	result = snapshot_write_to(&s, a->file, &e);
	snapshot_free(&s);
	return result == 0 ? EXIT_OK : report(&e);
}

static int run_estimate(const struct arguments *a)
{
	struct error e = {EXIT_OK, ""};
	struct estimate estimate;

	if (a->pid == 0)
		return usage("estimate needs -p PID", NULL);
	if (snapshot_estimate(a->pid, &a->options, &estimate, &e) != 0)
		return report(&e);
	printf("{\"copyBytes\":%llu,\"pauseUs\":%llu}\n", (unsigned long long)estimate.copy_bytes, (unsigned long long)estimate.pause_us);
	return EXIT_OK;
}

static int run_counters(const struct arguments *a)
{
	struct error e = {EXIT_OK, ""};
	struct counters c;

	if (a->pid == 0)
		return usage("counters needs -p PID", NULL);
	if (snapshot_counters(a->pid, &c, &e) != 0)
		return report(&e);
	counters_json(stdout, &c);
	putchar('\n');
	return EXIT_OK;
}

static int run_exec(const struct arguments *a)
{
	if (a->control < 0 || !a->command || !a->command[0])
		return usage("exec needs --control FD -- COMMAND", NULL);
	return resident_run(a->control, a->command);
}

int main(int argc, char **argv)
{
	struct arguments a;
	int code;

	if (argc < 2)
		return usage("no command", NULL);
	if (strcmp(argv[1], "--version") == 0) {
		puts("heapwalk " HEAPWALK_VERSION " (" HEAP_FORMAT ")");
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--help") == 0) {
		fputs(usage_text, stdout);
		return EXIT_OK;
	}
	code = parse(argc, argv, &a);
	if (code != 0)
		return code;
	if (strcmp(argv[1], "snap") == 0)
		return run_snap(&a);
	if (strcmp(argv[1], "read") == 0)
		return run_read(&a);
	if (strcmp(argv[1], "estimate") == 0)
		return run_estimate(&a);
	if (strcmp(argv[1], "counters") == 0)
		return run_counters(&a);
	if (strcmp(argv[1], "ps") == 0)
		return process_list_json(stdout, a.pid) == 0 ? EXIT_OK : EXIT_CANNOT_READ;
	if (strcmp(argv[1], "exec") == 0)
		return run_exec(&a);
	return usage("unknown command", argv[1]);
}
