"""Models on the own data: when they are trained, and what a training does and keeps."""
