// Vite turns these imports into files of their own.
declare module '*.css'
