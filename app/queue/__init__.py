"""The queue of jobs: what carries them to the workers, and the jobs that several parts ask for."""
