"""What history does: project facts, show timelines, take and settle activities."""
