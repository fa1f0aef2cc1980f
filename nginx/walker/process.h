/* Processes as /proc shows them. */
#ifndef HW_PROCESS_H
#define HW_PROCESS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct process {
	pid_t pid, parent;
	uid_t uid;
	char state;		/* R S D T t Z X */
	bool is_nginx;
	const char *role;	/* master | worker | other */
	bool exiting;		/* a worker that is shutting down */
	char title[128];
};

/* Returns 0, or -1 with errno where there is no such process. */
int process_read(pid_t pid, struct process *p);
/* Resident set in bytes; 0 where it can't be read. */
unsigned long long process_rss(pid_t pid);
/* The most this process was resident with, in bytes; getrusage would count what its parent had at the fork. */
unsigned long long process_peak(void);
/* Write the nginx processes, of one master or all (master 0), as a JSON array. */
int process_list_json(FILE *out, pid_t master);

#endif
