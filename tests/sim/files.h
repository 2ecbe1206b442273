/*
 * What stands beside an engine where files are concerned: a supervisor that
 * accepts, declines and keeps, and a secchat-file whose files are made up from
 * their numbers and which looks at every byte that it is given.
 */
#ifndef SECCHAT_TESTS_SIM_FILES_H
#define SECCHAT_TESTS_SIM_FILES_H

#include "sim.h"

enum {
	SIM_FILES = 512
};

/* One file, as one side knows it. */
struct sim_file {
	uint32_t fid;
	uint64_t size, stored, done;
	uint8_t offered, taken, kept, stopped_by_us, broken;
	uint8_t state, why; /* the last FILE_STATE */
};

struct sim_want {
	uint32_t fid, len;
	uint64_t at;
};

struct sim_files {
	struct sim *sim;
	int who;
	struct sim_file file[SIM_FILES];
	size_t len;
	struct sim_want want[FILE_WANTS];
	size_t wants;
	int hold;       /* secchat-file stands still */
	uint32_t wrong; /* places, sizes, states that should not be */
	uint32_t other; /* bytes that are not the file's */
	uint64_t pieces, moved;
};

/* Beside one side of the simulation from now on. */
void sim_files_init(struct sim_files *f, struct sim *sim, int who);

/* The file of that number, or NULL. */
struct sim_file *sim_file(struct sim_files *f, uint32_t fid);

/* Offer a file; its name is made up.  Returns its number. */
uint32_t sim_offer(struct sim_files *f, uint64_t size);

/* The person's or the disk's wishes about one. */
void sim_take(struct sim_files *f, uint32_t fid);
void sim_stop(struct sim_files *f, uint32_t fid, uint8_t why);

/* One step of secchat-file; whether anything happened. */
int sim_files_step(struct sim_files *f);

#endif
