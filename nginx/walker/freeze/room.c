#define _GNU_SOURCE
#include "freeze/room.h"
#include "base/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FOLDER = 2048, LINE = 4096,
	PAGE_ENTRY = 8,			/* bytes of a page table for each page */
};

uint64_t room_needed(const struct areas *areas)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < areas->count; i++)
		if (areas->list[i].m.writable && !areas->list[i].m.shared)
			bytes += areas->list[i].rss;
	return bytes + bytes / PAGE * PAGE_ENTRY;
}

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

static int check_folder(const char *folder, const struct limit *limits, pid_t pid, uint64_t bytes, struct error *e)
{
	for (const struct limit *l = limits; l->most; l++) {
		const uint64_t needed = l->counts ? 2 : bytes;	/* the clone, and what the worker may want to start meanwhile */
		uint64_t most, left;

		if (!read_number(folder, l->most, &most))
			continue;
		left = left_of(folder, l, most);
		if (left >= needed)
			continue;
		if (l->counts)
			return error_set(e, EXIT_NOT_EXACT,
					 "not tried: a clone of process %d could be one process too many: %s/%s allows %" PRIu64 " more. Raise it, or leave out --freeze fork",
					 (int)pid, folder, l->most, left);
		return error_set(e, EXIT_NOT_EXACT,
				 "not tried: a clone of process %d could take %.1f MB more, and %s/%s leaves %.1f MB. Raise it, or leave out --freeze fork",
				 (int)pid, megabytes(bytes), folder, l->most, megabytes(left));
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

static int unseen(pid_t pid, const char *group, struct error *e)
{
	return error_set(e, EXIT_NOT_EXACT,
			 "not tried: whether a clone of process %d could take too much cannot be told, since the limits of its control group (%.200s) cannot be seen from here. Leave out --freeze fork",
			 (int)pid, group);
}

/* The group and those above it, up to where the hierarchy is mounted. */
static int check_group(const char *root, const char *controller, const char *group, const struct limit *limits, pid_t pid, uint64_t bytes,
		       struct error *e)
{
	char folder[LINE];
	struct mount m;
	size_t top, end;

	if (!find_mount(root, controller, &m))
		return unseen(pid, group, e);
	top = strcmp(m.top, "/") == 0 ? 0 : strlen(m.top);
	if (strncmp(group, m.top, top) != 0 || (group[top] != '/' && group[top] != '\0') || strncmp(group + top, "/..", 3) == 0)
		return unseen(pid, group, e);
	end = strlen(root) + strlen(m.at);
	if ((size_t)snprintf(folder, sizeof(folder), "%s%s%s", root, m.at, group + top) >= FOLDER)
		return unseen(pid, group, e);
	for (size_t n = strlen(folder); n >= end; n = (size_t)(strrchr(folder, '/') - folder)) {
		folder[n] = '\0';
		if (n > end && folder[n - 1] == '/')	/* the top itself: a path that is only a slash */
			continue;
		if (check_folder(folder, limits, pid, bytes, e) != 0)
			return -1;
	}
	return 0;
}

/* Lines of /proc/PID/cgroup: number, controllers, group. The last may be the one of version 2, which does not say what it controls. */
static int check_groups(const char *root, pid_t pid, uint64_t bytes, struct error *e)
{
	char name[FOLDER + 64], line[LINE];
	bool elsewhere = false;
	int result = 0;
	struct mount m;
	FILE *f;

	snprintf(name, sizeof(name), "%s/proc/%d/cgroup", root, (int)pid);
	f = fopen(name, "re");
	while (f && result == 0 && fgets(line, sizeof(line), f)) {
		char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!group)
			continue;
		*group++ = '\0';
		controllers++;
		group[strcspn(group, "\n")] = '\0';
		if (has_word(controllers, "memory")) {
			elsewhere = true;
			result = check_group(root, "memory", group, memory_v1, pid, bytes, e);
		}
		if (result == 0 && has_word(controllers, "pids"))
			result = check_group(root, "pids", group, pids_v1, pid, bytes, e);
		/* version 2 beside version 1, which has memory already: a container need not see it */
		if (*controllers == '\0' && !(elsewhere && !find_mount(root, NULL, &m)))
			result = check_group(root, NULL, group, unified, pid, bytes, e);
	}
	if (f)
		fclose(f);
	return result;
}

/* -- The machine --------------------------------------------------------- */

int room_check(const char *root, pid_t pid, uint64_t bytes, struct error *e)
{
	char proc[FOLDER];
	uint64_t mode = 0, available;

	snprintf(proc, sizeof(proc), "%s/proc", root);
	if (read_number(proc, "sys/vm/overcommit_memory", &mode) && mode == 2)
		return error_set(e, EXIT_NOT_EXACT,
				 "not tried: vm.overcommit_memory is 2, so all memory of a clone of process %d would be promised a second time, and the next allocation of any process could fail. Leave out --freeze fork",
				 (int)pid);
	available = read_field(proc, "meminfo", "MemAvailable:") * 1024;
	if (available < bytes)
		return error_set(e, EXIT_NOT_EXACT,
				 "not tried: a clone of process %d could take %.1f MB more, and the machine has %.1f MB available. Leave out --freeze fork", (int)pid,
				 megabytes(bytes), megabytes(available));
	return check_groups(root, pid, bytes, e);
}
