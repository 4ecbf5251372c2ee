// Lucide icons, ISC licence. The strokes of each, as one path.
export const ellipsis = 'M12 12h.01M19 12h.01M5 12h.01'
export const down = 'm6 9 6 6 6-6'
export const up = 'm5 12 7-7 7 7M12 19V5'
export const back = 'm15 18-6-6 6-6'
export const next = 'm9 18 6-6-6-6'
export const check = 'M20 6 9 17l-5-5'
export const checks = 'M18 6 7 17l-5-5m20-2-7.5 7.5L13 16'
export const leave = 'm16 17 5-5-5-5M21 12H9M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4'
export const sound =
  'M11 4.7a.7.7 0 0 0-1.2-.5L6.4 7.6a1.4 1.4 0 0 1-1 .4H3a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2.4a1.4 1.4 0 0 1 1 .4l3.4 3.4a.7.7 0 0 0 1.2-.5zM16 9a5 5 0 0 1 0 6M19.4 18.4a9 9 0 0 0 0-12.7'
export const clock = 'M12 7v5l3 2M3.5 7.5A9.5 9.5 0 1 1 2.5 12M3 3v5h5'
export const good =
  'M15 5.9 14 10h5.8a2 2 0 0 1 1.9 2.6l-2.3 8a2 2 0 0 1-1.9 1.4H4a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2h2.8a2 2 0 0 0 1.8-1.1L12 2a3.1 3.1 0 0 1 3 3.9ZM7 10v12'
export const bad =
  'M9 18.1 10 14H4.2a2 2 0 0 1-1.9-2.6l2.3-8A2 2 0 0 1 6.5 2H20a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-2.8a2 2 0 0 0-1.8 1.1L12 22a3.1 3.1 0 0 1-3-3.9ZM17 14V2'
export const find = 'm21 21-4.3-4.3M19 11a8 8 0 1 1-16 0 8 8 0 0 1 16 0Z'
export const alert = 'M12 8v4M12 16h.01M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0Z'
export const cut = 'M5 5l14 14M8 6.5A9 9 0 0 1 21 12M3 12a9 9 0 0 1 3-6M12 19h.01'
