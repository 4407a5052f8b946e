"""What leaves a page: its link, its embed code, and pictures of its figures."""
