"""What starts and stops the processes of an installation, and the parts that they bring along."""
