#define _GNU_SOURCE
#include "freeze/room.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FOLDER = 2048, LINE = 4096,
	WORTH_A_LOOK = 16 << 20,	/* bytes: where a limit is nearer than that, the next requests would reach it as well */
};

/* -- Files --------------------------------------------------------------- */

/* The number in a file; false where there is none, as of a limit that is `max`. */
static bool read_number(const char *folder, const char *file, uint64_t *to)
{
	char name[FOLDER + 64];
	bool found;
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", folder, file);
	f = fopen(name, "re");
	if (!f)
		return false;
	found = fscanf(f, "%" SCNu64, to) == 1;
	fclose(f);
	return found;
}

/* The number after a field's name; 0 where it is not there. */
static uint64_t read_field(const char *folder, const char *file, const char *field)
{
	char name[FOLDER + 64], line[256];
	const size_t n = strlen(field);
	uint64_t value = 0;
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", folder, file);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, field, n) == 0 && sscanf(line + n, "%" SCNu64, &value) == 1)
			break;
	if (f)
		fclose(f);
	return value;
}

static double megabytes(uint64_t bytes)
{
	return (double)bytes / 1e6;
}

/* -- Control groups ------------------------------------------------------ */

/* A limit, and what is used of it. */
struct limit {
	const char *most, *used;
	const char *stat_free;	/* field of memory.stat: pages of files that were not used lately, which the kernel takes back before it refuses */
	const char *stat_dirty, *stat_writeback;	/* of these, such as have to be written first */
	bool counts;		/* processes, not bytes */
};

static const struct limit unified[] = {
	{"memory.max", "memory.current", "inactive_file ", "file_dirty ", "file_writeback ", false},
	{"memory.high", "memory.current", "inactive_file ", "file_dirty ", "file_writeback ", false},
	{"pids.max", "pids.current", NULL, NULL, NULL, true},
	{0},
};
static const struct limit memory_v1[] = {
	{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ", "total_dirty ", "total_writeback ", false},
	{"memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes", "total_inactive_file ", "total_dirty ", "total_writeback ", false},
	{0},
};
static const struct limit pids_v1[] = {
	{"pids.max", "pids.current", NULL, NULL, NULL, true},
	{0},
};

static uint64_t less(uint64_t from, uint64_t what)
{
	return from > what ? from - what : 0;
}

static uint64_t left_of(const char *folder, const struct limit *l, uint64_t most)
{
	uint64_t used = 0, free = 0;

	read_number(folder, l->used, &used);
	if (l->stat_free)
		free = less(read_field(folder, "memory.stat", l->stat_free),
			    read_field(folder, "memory.stat", l->stat_dirty) + read_field(folder, "memory.stat", l->stat_writeback));
	return less(most, less(used, free));
}

/* What both processes have in one hierarchy. */
struct groups {
	const char *group, *own;	/* of the process, and of this one */
	pid_t pid;
	const struct room_needed *needed;
	bool clones;			/* else only a copy is made, by this process: its own group is looked at */
};

static int too_many(const struct groups *g, const char *folder, const struct limit *l, uint64_t left, struct error *e)
{
	return error_set(e, EXIT_NOT_EXACT,
			 "not tried: a clone of process %d could be one process too many: %s/%s allows %" PRIu64 " more. Raise it, or leave out --freeze fork",
			 (int)g->pid, folder, l->most, left);
}

static int too_much(const struct groups *g, const char *folder, const struct limit *l, uint64_t bytes, uint64_t left, struct error *e)
{
	if (g->clones)
		return error_set(e, EXIT_NOT_EXACT,
				 "not tried: to clone process %d could take %.1f MB, and %s/%s leaves %.1f MB. Raise it, or leave out --freeze fork",
				 (int)g->pid, megabytes(bytes), folder, l->most, megabytes(left));
	return error_set(e, EXIT_NOT_EXACT,
			 "not tried: a copy of process %d could take %.1f MB, and %s/%s leaves %.1f MB: beyond that the kernel ends what is in it, which may be the process. Raise it, or read the process from outside of that container or group, by the number that it has there",
			 (int)g->pid, megabytes(bytes), folder, l->most, megabytes(left));
}

static int check_folder(const char *folder, const struct limit *limits, const struct groups *g, uint64_t bytes, struct error *e)
{
	for (const struct limit *l = limits; l->most; l++) {
		uint64_t most, left;

		if ((l->counts && !g->clones) || !read_number(folder, l->most, &most))
			continue;
		left = left_of(folder, l, most);
		if (l->counts && left < 2)	/* the clone, and what the worker may want to start meanwhile */
			return too_many(g, folder, l, left, e);
		if (!l->counts && left < bytes)
			return too_much(g, folder, l, bytes, left, e);
	}
	return 0;
}

/* Where a hierarchy is mounted, and which of its groups is at the top there. */
struct mount {
	char at[FOLDER / 2], top[FOLDER / 2];
};

static bool has_word(const char *list, const char *word)
{
	const size_t n = strlen(word);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, word, n) == 0 && (at[n] == '\0' || at[n] == ',' || at[n] == '\n'))
			return true;
	}
	return false;
}

/* controller: of a hierarchy of version 1; NULL for the one of version 2. */
static bool find_mount(const char *root, const char *controller, struct mount *m)
{
	char name[FOLDER + 64], line[LINE];
	bool found = false;
	FILE *f;

	snprintf(name, sizeof(name), "%s/proc/self/mountinfo", root);
	f = fopen(name, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		char type[32], options[LINE];
		const char *rest = strstr(line, " - ");

		if (!rest || sscanf(line, "%*d %*d %*s %1023s %1023s", m->top, m->at) != 2 ||
		    sscanf(rest, " - %31s %*s %4095s", type, options) != 2)
			continue;
		found = controller ? strcmp(type, "cgroup") == 0 && has_word(options, controller) : strcmp(type, "cgroup2") == 0;
	}
	if (f)
		fclose(f);
	return found;
}

/* A copy is made all the same: most limits that are not seen leave room for it. */
static int unseen(const struct groups *g, struct error *e)
{
	if (!g->clones)
		return 0;
	return error_set(e, EXIT_NOT_EXACT,
			 "not tried: whether a clone of process %d could take too much cannot be told, since the limits of its control group (%.200s) cannot be seen from here. Leave out --freeze fork",
			 (int)g->pid, g->group);
}

/* What counts in the group of which `length` is the length of its name: this process's copy where it is in that or below. */
static uint64_t counted_in(const struct groups *g, size_t length)
{
	const bool ours = strncmp(g->own, g->group, length) == 0 && (g->own[length] == '\0' || g->own[length] == '/');

	return g->needed->clone + (ours ? g->needed->copy : 0);
}

/* The group and those above it, up to where the hierarchy is mounted. */
static int check_group(const char *root, const char *controller, const struct groups *g, const struct limit *limits, struct error *e)
{
	const char *group = g->group;
	char folder[LINE];
	struct mount m;
	size_t top, end;

	if (!find_mount(root, controller, &m))
		return unseen(g, e);
	top = strcmp(m.top, "/") == 0 ? 0 : strlen(m.top);
	if (strncmp(group, m.top, top) != 0 || (group[top] != '/' && group[top] != '\0') || strncmp(group + top, "/..", 3) == 0)
		return unseen(g, e);
	end = strlen(root) + strlen(m.at);
	if ((size_t)snprintf(folder, sizeof(folder), "%s%s%s", root, m.at, group + top) >= FOLDER)
		return unseen(g, e);
	for (size_t n = strlen(folder); n >= end; n = (size_t)(strrchr(folder, '/') - folder)) {
		folder[n] = '\0';
		if (n > end && folder[n - 1] == '/')	/* the top itself: a path that is only a slash */
			continue;
		if (check_folder(folder, limits, g, counted_in(g, n - end + top), e) != 0)
			return -1;
	}
	return 0;
}

/* A line of /proc/PID/cgroup: number, controllers, group. The one of version 2 has no controllers. Returns whether it is one. */
static bool split_line(char *line, const char **controllers, const char **group)
{
	char *first = strchr(line, ':'), *second = first ? strchr(first + 1, ':') : NULL;

	if (!second)
		return false;
	*first = *second = '\0';
	second[1 + strcspn(second + 1, "\n")] = '\0';
	*controllers = first + 1;
	*group = second + 1;
	return true;
}

/* The group of this process in the hierarchy of these controllers; where that is not told, `group`, as if it were in the same. */
static void find_own(const char *root, const char *controllers, const char *group, char own[LINE])
{
	char name[FOLDER + 64], line[LINE];
	const char *other, *its;
	FILE *f;

	snprintf(own, LINE, "%s", group);
	snprintf(name, sizeof(name), "%s/proc/self/cgroup", root);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (!split_line(line, &other, &its) || strcmp(other, controllers) != 0)
			continue;
		snprintf(own, LINE, "%s", its);
		break;
	}
	if (f)
		fclose(f);
}

/* The last may be the hierarchy of version 2. */
static int check_groups(const char *root, struct groups g, struct error *e)
{
	char name[FOLDER + 64], line[LINE], own[LINE];
	const char *controllers;
	bool elsewhere = false;
	int result = 0;
	struct mount m;
	FILE *f;

	if (g.clones)
		snprintf(name, sizeof(name), "%s/proc/%d/cgroup", root, (int)g.pid);
	else
		snprintf(name, sizeof(name), "%s/proc/self/cgroup", root);
	g.own = own;
	f = fopen(name, "re");
	while (f && result == 0 && fgets(line, sizeof(line), f)) {
		if (!split_line(line, &controllers, &g.group))
			continue;
		find_own(root, controllers, g.group, own);
		if (has_word(controllers, "memory")) {
			elsewhere = true;
			result = check_group(root, "memory", &g, memory_v1, e);
		}
		if (result == 0 && has_word(controllers, "pids"))
			result = check_group(root, "pids", &g, pids_v1, e);
		/* version 2 beside version 1, which has memory already: a container need not see it */
		if (*controllers == '\0' && !(elsewhere && !find_mount(root, NULL, &m)))
			result = check_group(root, NULL, &g, unified, e);
	}
	if (f)
		fclose(f);
	return result;
}

/* -- The machine --------------------------------------------------------- */

static uint64_t available_on(const char *root)
{
	char proc[FOLDER];

	snprintf(proc, sizeof(proc), "%s/proc", root);
	return read_field(proc, "meminfo", "MemAvailable:") * 1024;
}

int room_check(const char *root, pid_t pid, const struct room_needed *n, struct error *e)
{
	char proc[FOLDER];
	const uint64_t bytes = n->clone + n->copy;
	uint64_t mode = 0, available;

	snprintf(proc, sizeof(proc), "%s/proc", root);
	if (read_number(proc, "sys/vm/overcommit_memory", &mode) && mode == 2)
		return error_set(e, EXIT_NOT_EXACT,
				 "not tried: vm.overcommit_memory is 2, so all memory of a clone of process %d would be promised a second time, and the next allocation of any process could fail. Leave out --freeze fork",
				 (int)pid);
	available = available_on(root);
	if (available < bytes)
		return error_set(e, EXIT_NOT_EXACT,
				 "not tried: to clone process %d could take %.1f MB, and the machine has %.1f MB available. Leave out --freeze fork", (int)pid,
				 megabytes(bytes), megabytes(available));
	return check_groups(root, (struct groups){.pid = pid, .needed = n, .clones = true}, e);
}

int room_check_copy(const char *root, pid_t pid, uint64_t bytes, struct error *e)
{
	const struct room_needed needed = {.copy = bytes};
	uint64_t available;

	if (bytes < WORTH_A_LOOK)
		return 0;
	available = available_on(root);
	if (available < bytes)
		return error_set(e, EXIT_NOT_EXACT,
				 "not tried: a copy of process %d could take %.1f MB, and the machine has %.1f MB available: beyond that the kernel ends what it chooses, which may be the process",
				 (int)pid, megabytes(bytes), megabytes(available));
	return check_groups(root, (struct groups){.pid = pid, .needed = &needed}, e);
}
