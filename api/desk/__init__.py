"""What agents work with: the queue, their conversations, presence and the events their desks are told."""
